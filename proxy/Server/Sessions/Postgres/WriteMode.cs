using JitProxy.Server.Decide;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Says for each transaction of a session whether it may write. Sessions are read-only; a role that writes opens one transaction at a time.</summary>
/// <remarks>
/// The first statement of a transaction decides: a BEGIN while such a role is granted, or a statement under it. It is preceded by a setting of the transaction,
/// which the server forgets at its end, so that nothing has to be taken back. A statement under any other grant makes the rest of the transaction
/// read-only before it runs, which the server always allows and never undoes.
/// </remarks>
internal sealed class WriteMode(SessionLink link, Refuser refuser, SessionJudge judge, OwnStatements own)
{
    private long? _writer;
    private bool _isReadOnlyNow;
    private bool _hasChangedNames;
    private int _usedBatch = -1;

    /// <summary>True if nothing has to be done before a statement goes upstream; false if <see cref="EnterAsync"/> has to be called.</summary>
    public bool IsPlain(Ruling ruling)
    {
        if (_writer is not null || _isReadOnlyNow || ruling.WriterRole is not null || ruling.IsTransaction)
            return false;

        _usedBatch = refuser.Batch;
        return true;
    }

    /// <summary>Opens or closes the transaction for writing before a statement goes upstream. The caller holds the upstream's turn.</summary>
    /// <param name="ruling">The decision about it.</param>
    /// <param name="runs">False if it is only prepared.</param>
    /// <param name="stop">The session ends.</param>
    /// <returns>Why it may not run in this transaction; null if it may.</returns>
    public async ValueTask<Refusal?> EnterAsync(Ruling ruling, bool runs, CancellationToken stop)
    {
        NoteIdle();
        if (runs && FindObjection(ruling) is { } objection)
            return objection;

        var writer = ruling.WriterRole ?? (ruling.Begins ? judge.FindWriter() : null);
        if (writer is null)
        {
            if (ruling.Kind == RulingKind.Granted && _writer is not null)
                Close();

            _usedBatch = refuser.Batch;
            return null;
        }

        // What was parsed or bound before has a snapshot, and then the server lets nothing more be opened.
        if (_usedBatch != refuser.Batch)
        {
            _usedBatch = refuser.Batch;
            if (link.Conversation.Owed != 0)
                await refuser.DrainAsync(stop);

            NoteIdle();
            if (link.Conversation.TransactionStatus == (byte)'I')
                Open(writer.Value);
        }

        return runs && ruling.Writes && _writer is null ? judge.TransactionForbids(_isReadOnlyNow) : null;
    }

    /// <summary>Why the statement may not run in the open transaction, whose grant may have ended; null if it may.</summary>
    public Refusal? FindObjection(Ruling ruling) =>
        _writer is { } writer && ruling is { IsTransaction: true, EndsWithoutTrace: false } ? judge.FindEndOf(writer) : null;

    /// <summary>Notes that a statement was sent that gives names another meaning once it is committed.</summary>
    public void Ran(Ruling ruling)
    {
        _hasChangedNames |= ruling.DefinesNames;
        link.RedactsAtEnd |= ruling is { Writes: true, Analyzed.TouchesMasked: true };
    }

    /// <summary>True if <see cref="LearnNamesAsync"/> has to be called before the next decision.</summary>
    public bool OwesNames => _hasChangedNames && !refuser.IsBatchOpen && link.Conversation.TransactionStatus == (byte)'I';

    /// <summary>Has the catalogue read again after a definition, unless it is not committed yet.</summary>
    /// <returns>True.</returns>
    public async ValueTask<bool> LearnNamesAsync(CancellationToken stop)
    {
        if (link.Conversation.Owed != 0)
            await refuser.DrainAsync(stop);

        if (!OwesNames)
            return true;

        _hasChangedNames = false;
        await judge.LearnNamesAsync(stop);
        return true;
    }

    private void NoteIdle()
    {
        if (refuser.IsBatchOpen || link.Conversation is not { Owed: 0, TransactionStatus: (byte)'I' })
            return;

        (_writer, _isReadOnlyNow) = (null, false);
    }

    private void Open(long writer)
    {
        _writer = writer;
        own.Send("SET transaction_read_only = off"u8);
    }

    private void Close()
    {
        (_writer, _isReadOnlyNow) = (null, true);
        own.Send("SET transaction_read_only = on"u8);
    }
}
