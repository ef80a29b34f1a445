using System.Buffers;
using JitProxy.Policy.Grants;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Puts the proxy's own answers and refusals into the stream at their right place, so that they behave as the server's own would.</summary>
/// <remarks>
/// While anything of the client's is with the upstream, or a transaction is open there, a refusal must fail upstream as well: the
/// transaction has to be aborted and the rest of a pipeline skipped. A Parse that cannot succeed is sent for it, and the upstream's
/// error is replaced by the refusal. With nothing under way the refusal is answered here, and the upstream is not bothered.
/// </remarks>
internal sealed class Refuser(SessionLink link)
{
    /// <summary>What is parsed to make the upstream fail: no SQL, and plain words for whoever reads the server's log.</summary>
    private static readonly byte[] FailingText = "jitproxy refused a statement here"u8.ToArray();

    /// <summary>ParseComplete, shared by all who owe it.</summary>
    public static readonly byte[] ParseComplete = PgMessages.ParseComplete.ToArray();

    /// <summary>BindComplete.</summary>
    public static readonly byte[] BindComplete = PgMessages.BindComplete.ToArray();

    /// <summary>CloseComplete.</summary>
    public static readonly byte[] CloseComplete = PgMessages.CloseComplete.ToArray();

    private bool _answerSyncHere;
    private bool _isSkipping;

    /// <summary>Counts every message sent upstream; it changes when a flush is due.</summary>
    public long Forwarded { get; private set; }

    /// <summary>True while the client's messages are discarded up to its Sync, after an error of the extended protocol.</summary>
    public bool IsSkipping => _isSkipping || link.Conversation.IsSkipping;

    /// <summary>True if messages went upstream since the last Sync.</summary>
    public bool IsBatchOpen { get; private set; }

    /// <summary>Counts the Syncs: what is sent under one number is skipped together if the upstream meets an error.</summary>
    public int Batch { get; private set; }

    /// <summary>True once the client broke the protocol.</summary>
    public bool Violated { get; private set; }

    /// <summary>Notes that a message of the current batch was written to the upstream.</summary>
    public void Sent()
    {
        Forwarded++;
        IsBatchOpen = true;
    }

    /// <summary>Notes that a Sync, or a Query's own, was written to the upstream: the batch is closed.</summary>
    public void SentSync()
    {
        Forwarded++;
        Batch++;
        IsBatchOpen = false;
    }

    /// <summary>Owes the client these bytes, here in the order.</summary>
    public void Local(byte[] message) => link.Conversation.Expect(new(Expected.Local, true, message));

    /// <summary>Owes the client a notice, here in the order.</summary>
    public void LocalNotice(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        PgErrorResponse.WriteNotice(output, new("NOTICE", "00000", text));
        Local(output.WrittenSpan.ToArray());
    }

    /// <summary>Owes the client the ParseComplete of a statement that need not be parsed upstream.</summary>
    public void LocalParse(ClientStatement statement) => link.Conversation.Expect(new(Expected.Local, true, statement, statement.CountParse()));

    /// <summary>Owes the client the answer to giving up a statement.</summary>
    public void LocalClose(ClientStatement statement, byte[] answer) =>
        link.Conversation.Expect(new(Expected.Local, true, new LocalClose(statement, answer)));

    /// <summary>Refuses a message of the extended protocol: everything up to the Sync is discarded.</summary>
    public void RefuseExtended(Refusal refusal)
    {
        _isSkipping = true;
        if (IsAnsweredHere())
        {
            _answerSyncHere = true;
            Local(refusal.ToErrorResponse());
            return;
        }

        FailUpstream(refusal.ToErrorResponse());
    }

    /// <summary>The same in the words of the server itself.</summary>
    public ValueTask<bool> RefuseExtended(string sqlState, string message)
    {
        RefuseExtended(new Refusal(DenyReason.Unspecified, sqlState, message, null, null));
        return new(true);
    }

    /// <summary>The client names a statement that it does not have.</summary>
    public ValueTask<bool> NoSuchStatement(string name) =>
        RefuseExtended("26000", name.Length == 0 ? "unnamed prepared statement does not exist" : $"prepared statement \"{name}\" does not exist");

    /// <summary>The client names a portal that it does not have.</summary>
    public ValueTask<bool> NoSuchPortal(string name) => RefuseExtended("34000", $"portal \"{name}\" does not exist");

    /// <summary>Refuses (the rest of) a simple query, ReadyForQuery included.</summary>
    public void RefuseSimple(Refusal refusal)
    {
        if (IsAnsweredHere())
        {
            Local(refusal.ToErrorResponse());
            Local(ReadyForQuery());
            return;
        }

        FailUpstream(refusal.ToErrorResponse());
        ForwardSync();
    }

    /// <summary>The client's Sync.</summary>
    public void Sync()
    {
        _isSkipping = false;
        if (_answerSyncHere)
        {
            _answerSyncHere = false;
            Local(ReadyForQuery());
            return;
        }

        ForwardSync();
    }

    /// <summary>Sends a Sync and owes its ReadyForQuery.</summary>
    public void ForwardSync()
    {
        link.UpstreamOutput.Write(PgMessages.Sync);
        SentSync();
        link.Conversation.Expect(new(Expected.Ready, true));
    }

    /// <summary>Has the server answer all that it was sent, and waits for it. The caller holds the upstream's turn.</summary>
    public async ValueTask DrainAsync(CancellationToken stop)
    {
        link.UpstreamOutput.Write(PgMessages.Flush);
        await link.UpstreamOutput.FlushAsync(stop);
        await link.Conversation.WhenDrained().WaitAsync(stop);
    }

    /// <summary>Waits for the answer to what was executed last; true if the server carried it out. The caller holds the upstream's turn.</summary>
    public async ValueTask<bool> IsDoneAsync(Portal portal, CancellationToken stop)
    {
        await DrainAsync(stop);
        return portal.Running is { HasSucceeded: true };
    }

    /// <summary>Ends the session because the client broke the protocol.</summary>
    public async ValueTask<bool> ViolationAsync(string what, CancellationToken stop)
    {
        Violated = true;
        await FatalAsync("08P01", what, stop);
        return false;
    }

    /// <summary>True once a FATAL error was sent.</summary>
    public bool SaidFatal { get; private set; }

    /// <summary>Sends a FATAL error, past whatever is still owed: the session ends here.</summary>
    public async ValueTask FatalAsync(string sqlState, string message, CancellationToken stop)
    {
        await link.ClientTurn.TakeAsync(stop);
        try
        {
            link.ClientOutput.Write(new Refusal(DenyReason.MessageNotSupported, sqlState, message, null, null).ToErrorResponse("FATAL"));
            await link.ClientOutput.FlushAsync(stop);
            SaidFatal = true;
        }
        catch (IOException e)
        {
            throw new PeerLostException(SessionEnd.ClientLost, e);
        }
        finally
        {
            link.ClientTurn.GiveBack();
        }
    }

    private bool IsAnsweredHere() =>
        !IsBatchOpen && link.Conversation.Owed == 0 && link.Conversation.TransactionStatus != (byte)'T';

    private void FailUpstream(byte[] error)
    {
        PgParse.Write(link.UpstreamOutput, default, FailingText, default);
        Sent();
        link.Conversation.Expect(new(Expected.Failure, true, error));
    }

    private byte[] ReadyForQuery() => [(byte)'Z', 0, 0, 0, 5, link.Conversation.TransactionStatus];
}
