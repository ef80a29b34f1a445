using System.IO.Pipelines;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Record;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>The two connections of a session, what they agreed on, and the floor: one command at a time, and one who answers it.</summary>
/// <param name="client">The client's connection.</param>
/// <param name="upstream">The server's connection.</param>
/// <param name="clientCan">What was agreed on with the client.</param>
/// <param name="upstreamCan">What was agreed on with the server.</param>
/// <param name="canceller">Cancels what runs upstream.</param>
/// <param name="running">The executions under way.</param>
/// <param name="answer">Where answers collect instead of going to the client; null for the session's own connections.</param>
internal sealed class Link(
    Connection client, Connection upstream, MySqlCapabilities clientCan, MySqlCapabilities upstreamCan, UpstreamCanceller canceller, RunningSet running,
    PipeWriter? answer = null)
{
    /// <summary>What a client hears of the server's state; the rest is about this connection upstream, or about what is not passed on.</summary>
    private const MySqlServerStatus Told = MySqlServerStatus.InTransaction | MySqlServerStatus.Autocommit | MySqlServerStatus.NoGoodIndexUsed
        | MySqlServerStatus.NoIndexUsed | MySqlServerStatus.QueryWasSlow | MySqlServerStatus.InReadOnlyTransaction | MySqlServerStatus.CursorExists
        | MySqlServerStatus.LastRowSent;

    private const MySqlServerStatus Lasting = MySqlServerStatus.InTransaction | MySqlServerStatus.Autocommit | MySqlServerStatus.InReadOnlyTransaction;

    // Between two commands 1: an ERR that nobody asked for is read as the answer to the next one.
    private byte _sequence = 1;

    /// <summary>What the client sends.</summary>
    public PipeReader ClientInput { get; } = client.Input;

    /// <summary>What the client gets; write only while holding <see cref="Floor"/>, or for the command that is under way.</summary>
    public PipeWriter ClientOutput { get; } = answer ?? client.Output;

    /// <summary>What the server sends.</summary>
    public PipeReader UpstreamInput { get; } = upstream.Input;

    /// <summary>What the server gets; write only while holding <see cref="Floor"/>.</summary>
    public PipeWriter UpstreamOutput { get; } = upstream.Output;

    /// <summary>Held from a command on until its answer has left: by the client's side, then by the server's.</summary>
    public Turn Floor { get; } = new();

    /// <summary>The command that is with the server.</summary>
    public Exchange Exchange { get; } = new();

    /// <summary>The executions under way.</summary>
    public RunningSet Running { get; } = running;

    /// <summary>Cancels what runs upstream.</summary>
    public UpstreamCanceller Canceller { get; } = canceller;

    /// <summary>The client's connection: code that awaited something else goes back to its loop.</summary>
    public Connection Client => client;

    /// <summary>The server's connection.</summary>
    public Connection Upstream => upstream;

    /// <summary>What was agreed on with the client.</summary>
    public MySqlCapabilities ClientCan { get; } = clientCan;

    /// <summary>What was agreed on with the server.</summary>
    public MySqlCapabilities UpstreamCan { get; } = upstreamCan;

    /// <summary>True if results end with OK towards the client.</summary>
    public bool ClientEndsWithOk { get; } = (clientCan & MySqlCapabilities.DeprecateEof) != 0;

    /// <summary>True if results of the server end with OK.</summary>
    public bool UpstreamEndsWithOk { get; } = (upstreamCan & MySqlCapabilities.DeprecateEof) != 0;

    /// <summary>The number of the next packet to the client; writers count it on.</summary>
    public ref byte Sequence => ref _sequence;

    /// <summary>Where the session stands, by the server's last word: for answers of our own.</summary>
    public MySqlServerStatus Status { get; private set; } = MySqlServerStatus.Autocommit;

    /// <summary>True while the client has a packet in part only: whatever came now would be taken for the rest of it.</summary>
    public bool IsMidMessage { get; set; }

    /// <summary>True for answers from a connection that sessions share: only plain success is passed on, and nothing is cancelled there.</summary>
    public bool IsShared => answer is not null;

    /// <summary>True if an answer from a shared connection is not plain success.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>True if the session's last statement ran on a shared connection, so that its own server session does not know of it.</summary>
    public bool HidesLast { get; set; }

    /// <summary>What the session has set so far.</summary>
    public AppliedSettings Applied { get; } = new();

    /// <summary>True while the server keeps messages of a statement for SHOW WARNINGS.</summary>
    public bool HasMessages { get; set; }

    /// <summary>The same session with answers from shared connections, which collect elsewhere.</summary>
    public Link CreateShared(PipeWriter collected) => new(client, upstream, ClientCan, UpstreamCan, Canceller, Running, collected);

    /// <summary>A command was sent over a shared connection.</summary>
    public void BeginShared(AnswerKind kind, byte sequence, MySqlRun run)
    {
        (HasFailed, _sequence) = (false, 1);
        Exchange.Open(kind, sequence, Canceller.Count, run);
    }

    /// <summary>An answer from a shared connection is not plain success: the rest of it is swallowed.</summary>
    public void Fail()
    {
        HasFailed = true;
        Exchange.IsMuted = true;
    }

    /// <summary>Remembers where the session stands.</summary>
    /// <returns>What the client is told of it.</returns>
    public MySqlServerStatus Note(MySqlServerStatus status)
    {
        Status = status & Lasting;
        return status & Told;
    }
}
