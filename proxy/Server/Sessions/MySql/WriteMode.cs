using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Says for each transaction of a session whether it may write. Sessions are read-only; a role that writes opens one for its transactions.</summary>
/// <remarks>
/// A transaction is what the session was when it began: by BEGIN while such a role is granted, or by a statement under it. The server cannot close it
/// again, so that statements under other grants wait for its end. Between transactions the session is closed before the next such statement runs.
/// </remarks>
internal sealed class WriteMode(Link link, Upstream upstream, SessionJudge judge, StateWatch watch)
{
    private readonly HashSet<long> _writers = [];
    private bool _isOpen;

    /// <summary>True once a statement gave names another meaning: <see cref="LearnNamesAsync"/> is to be called before the next decision.</summary>
    public bool OwesNames { get; private set; }

    /// <summary>True if nothing has to be done before a statement runs; false if <see cref="EnterAsync"/> has to be called.</summary>
    public bool IsPlain(Ruling ruling) => !_isOpen && ruling.WriterRole is null && !ruling.IsTransaction;

    /// <summary>Opens or closes the session for writing before a statement runs. The caller holds the floor.</summary>
    /// <returns>Why it may not run now; null if it may.</returns>
    public async ValueTask<Refusal?> EnterAsync(Ruling ruling)
    {
        OwesNames |= ruling.DefinesNames;
        if ((link.Status & MySqlServerStatus.InTransaction) != 0)
            return FindObjection(ruling);

        var writer = ruling.WriterRole ?? (ruling.Begins ? judge.FindWriter() : null);
        if (writer is { } id)
        {
            _writers.Clear();
            _writers.Add(id);
        }

        // What runs by rule cannot write, and what it asks is often what the last statement left behind: a setting in between would wipe that out.
        var isDue = writer is not null ? !_isOpen : _isOpen && (ruling.Kind == RulingKind.Granted || ruling.Begins);
        return !isDue || await SwitchAsync(writer is not null)
            ? null
            : new(default, "08006", "the database server does not change the session's mode", null, null);
    }

    /// <summary>Has the catalogue read again after a definition, which ends its transaction by itself.</summary>
    public async ValueTask LearnNamesAsync(CancellationToken stop)
    {
        OwesNames = false;
        await judge.LearnNamesAsync(stop);
        await link.Client.EnterLoopAsync();
    }

    /// <summary>The session is as new, and read-only.</summary>
    public void Reset()
    {
        _isOpen = watch.MayWrite = false;
        _writers.Clear();
    }

    private Refusal? FindObjection(Ruling ruling)
    {
        if (!_isOpen)
            return ruling.Writes ? judge.TransactionForbids(isCutShort: false) : null;
        if (ruling is { Kind: RulingKind.Granted, WriterRole: null })
            return judge.TransactionBelongsTo(_writers.First());
        if (!ruling.EndsWithoutTrace && _writers.Select(judge.FindEndOf).FirstOrDefault(static end => end is not null) is { } ended)
            return ended;
        if (ruling.WriterRole is { } another)
            _writers.Add(another);

        return null;
    }

    private async ValueTask<bool> SwitchAsync(bool isOpen)
    {
        watch.MayWrite = true;
        var answer = await upstream.AskAsync(isOpen ? "SET SESSION TRANSACTION READ WRITE" : "SET SESSION TRANSACTION READ ONLY");
        await link.Client.EnterLoopAsync();

        // Whatever went wrong, the server has the last word about what it lets write.
        _isOpen = isOpen || !answer.IsOk;
        watch.MayWrite = _isOpen;
        return answer.IsOk;
    }
}
