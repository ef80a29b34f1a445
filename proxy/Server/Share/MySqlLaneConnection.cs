using System.Buffers;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Sessions.MySql;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Share;

/// <summary>A shared connection to MySQL or MariaDB: commands are sent without waiting for the answers to those before.</summary>
internal sealed class MySqlLaneConnection(Connection upstream, MySqlCapabilities capabilities) : LaneConnection(upstream)
{
    /// <summary>Prepared statements that are kept; the oldest leaves first.</summary>
    private const int PreparedMax = 128;

    private readonly Queue<(MySqlSharedRun? Run, LaneStatement? Prepared)> _inFlight = new();
    private readonly Dictionary<string, LaneStatement> _prepared = new(StringComparer.Ordinal);
    private readonly Queue<string> _preparedInOrder = new();
    private readonly bool _endsWithOk = (capabilities & MySqlCapabilities.DeprecateEof) != 0;

    /// <summary>What was agreed on with the server.</summary>
    public MySqlCapabilities Capabilities => capabilities;

    /// <inheritdoc/>
    public override int Load => _inFlight.Count;

    /// <summary>A statement if it can be executed; otherwise it may be the next time, since it is being prepared.</summary>
    public LaneStatement? Find(MySqlStatement statement)
    {
        if (_prepared.TryGetValue(statement.GrantKey, out var known))
            return known.Fits(statement.ParameterTypes) ? known : null;

        Prepare(statement);
        return null;
    }

    /// <summary>Submits the statement of a COM_QUERY.</summary>
    public void Submit(MySqlSharedRun run)
    {
        byte sequence = 0;
        MySqlQuery.Write(Output, ref sequence, capabilities, run.Run.Ruling.Text);
        run.Sent(AnswerKind.TextResult, sequence);
        Submit(run, null);
    }

    /// <summary>Submits an execution.</summary>
    public void Submit(MySqlSharedRun run, LaneStatement prepared, in MySqlStmtExecute execute)
    {
        byte sequence = 0;
        execute.WriteAs(Output, ref sequence, prepared.Id, MySqlCursorKind.None);
        run.Sent(AnswerKind.BinaryResult, sequence);
        Submit(run, null);
    }

    /// <inheritdoc/>
    protected override bool HandleAll(ref ReadOnlySequence<byte> unread)
    {
        while (unread.Length >= MySqlPacketHeader.Size)
        {
            var first = unread.FirstSpan;
            var size = first.Length < MySqlPacketHeader.Size ? MessageSizeMax + 1 : MySqlPacketHeader.Size + MySqlPacketHeader.BodySizeOf(first);
            if (size > MessageSizeMax)
                return false;

            if (size > first.Length)
                return true;

            if (IsClosed || !Handle(first[..size]))
                return false;

            unread = unread.Slice(size);
        }

        return true;
    }

    /// <inheritdoc/>
    protected override void SettleAll()
    {
        while (_inFlight.TryDequeue(out var left))
            left.Run?.Settle(SharedOutcome.RunAlone);
    }

    private void Submit(MySqlSharedRun? run, LaneStatement? prepared)
    {
        _inFlight.Enqueue((run, prepared));
        Submitted();
    }

    private void Prepare(MySqlStatement statement)
    {
        if (_preparedInOrder.Count >= PreparedMax && _prepared.Remove(_preparedInOrder.Dequeue(), out var oldest) && oldest.IsReady)
        {
            byte own = 0;
            MySqlStmtCommand.Write(Output, ref own, MySqlCommand.StmtClose, oldest.Id);
        }

        var prepared = new LaneStatement();
        _prepared[statement.GrantKey] = prepared;
        _preparedInOrder.Enqueue(statement.GrantKey);
        byte sequence = 0;
        MySqlTextCommand.Write(Output, ref sequence, MySqlCommand.StmtPrepare, statement.Ruling.Text);
        Submit(null, prepared);
    }

    private bool Handle(ReadOnlySpan<byte> packet)
    {
        if (packet.Length == MySqlPacketHeader.Size || !_inFlight.TryPeek(out var head))
            return false;

        if (head.Prepared is { } prepared)
        {
            if (!prepared.Take(packet[MySqlPacketHeader.Size..], _endsWithOk, out var isDone))
                return false;

            if (isDone)
                _inFlight.Dequeue();

            return true;
        }

        var run = head.Run!;
        switch (run.Take(packet))
        {
            case null:
                return true;
            case UpstreamStep.Answered:
                _inFlight.Dequeue();

                // Its session goes on inside this call, and may submit again.
                run.Settle(run.HasFailed ? SharedOutcome.RunAlone : SharedOutcome.Answered);
                return true;
            default:
                return false;
        }
    }
}
