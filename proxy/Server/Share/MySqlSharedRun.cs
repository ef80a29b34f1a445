using JitProxy.Server.Capture;
using JitProxy.Server.Mask;
using JitProxy.Server.Sessions.MySql;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Share;

/// <summary>A run of MySQL or MariaDB, with the answer that its client gets.</summary>
/// <remarks>It walks the server's answer as sessions do, by the same code, but into memory; see <see cref="Link.IsShared"/>.</remarks>
internal sealed class MySqlSharedRun : SharedRun
{
    private readonly AnswerWriter _answer = new();
    private readonly Link _link;
    private readonly AnswerRelay _answers;
    private MySqlRun _run = null!;

    /// <summary>The runs of a session.</summary>
    /// <param name="own">The session's own connections.</param>
    /// <param name="planner">Plans the masks of its rows.</param>
    public MySqlSharedRun(Link own, RowPlanner planner)
    {
        _link = own.CreateShared(_answer);
        var reply = new Reply(_link);
        var rows = new RowRelay(_link, reply, new(_link, reply), planner);
        var warnings = new WarningMemory();
        _answers = new(_link, reply, rows, new(_link, reply, warnings), new(), warnings);
    }

    /// <summary>What runs.</summary>
    public MySqlRun Run => _run;

    /// <summary>The answer, whole once <see cref="SharedRun.Outcome"/> says so.</summary>
    public ReadOnlySpan<byte> Answer => _answer.Written;

    /// <summary>True if the answer so far is not plain success.</summary>
    public bool HasFailed => _link.HasFailed;

    /// <summary>Begins a run.</summary>
    public void Begin(MySqlRun run)
    {
        _run = run;
        _answer.Reset();
        Begin();
    }

    /// <summary>It was sent.</summary>
    /// <param name="kind">What the answer may be.</param>
    /// <param name="sequence">The number that its first packet must have.</param>
    public void Sent(AnswerKind kind, byte sequence) => _link.BeginShared(kind, sequence, _run);

    /// <summary>Takes a packet of the answer.</summary>
    /// <returns>Null while more is to come; Answered behind the last; End if the server did what it must not.</returns>
    public UpstreamStep? Take(ReadOnlySpan<byte> packet)
    {
        var exchange = _link.Exchange;
        if (packet[MySqlPacketHeader.Size - 1] != exchange.UpstreamSequence)
            return UpstreamStep.End;

        exchange.UpstreamSequence = MySqlPacketHeader.Next(exchange.UpstreamSequence);
        if (!IsWanted || _run.Running is not { Abort: null } || _answer.Length > AnswerSizeMax)
            _link.Fail();

        return _answers.Handle(packet);
    }

    /// <summary>The answer was passed on: whatever it held is let go.</summary>
    public void Forget()
    {
        Close();
        _run = null!;
        _answer.Reset();
        _link.Exchange.Close();
    }
}
