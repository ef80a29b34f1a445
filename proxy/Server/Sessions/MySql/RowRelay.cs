using System.Buffers;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Mask;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>
/// Columns and rows on their way to the client. The columns are held until all are here and a plan is made for exactly these; then rows pass, masked by
/// it, counted, and held to the limits.
/// </summary>
internal sealed class RowRelay(Link link, Reply reply, CutOff cutOff, RowPlanner planner)
{
    /// <summary>Most that the definitions of all columns may take, in bytes.</summary>
    private const int ShapeSizeMax = 32 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _shape = new();
    private readonly MySqlRowMasker _masker = new();
    private byte[] _typedShape = [];
    private MySqlType[] _types = [];
    private MySqlRun _run = null!;
    private MaskPlan? _plan;
    private RowLimits _limits;
    private bool _owesDefinitionsEnd;

    private Refusal? Abort => _run.Running?.Abort;

    /// <summary>How the session ended if a large row could not be brought to its end.</summary>
    public SessionEnd LargeRowEnd { get; private set; }

    /// <summary>A result begins.</summary>
    public void Begin(MySqlRun run, bool isBinary)
    {
        _run = run;
        _owesDefinitionsEnd = false;
        _shape.ResetWrittenCount();
        _shape.Write([isBinary ? MySqlRowShape.Binary : MySqlRowShape.Text]);
    }

    /// <summary>Keeps the definition of a column; false if there are too many.</summary>
    public bool AddColumn(ReadOnlySpan<byte> packet)
    {
        if (_shape.WrittenCount + packet.Length > ShapeSizeMax)
            return false;

        _shape.Write(packet);
        return true;
    }

    /// <summary>All columns are here: plans, and passes them on; false if they are malformed.</summary>
    public bool EndColumns(int columnCount)
    {
        var shape = _shape.WrittenSpan;
        var isBinary = shape[0] == MySqlRowShape.Binary;
        if (isBinary && !TryReadTypes(shape))
            return false;

        _run.ColumnTypes = isBinary ? _types : [];
        if ((Abort ?? planner.Plan(_run, shape)) is { } refusal)
            cutOff.Now(_run.Running, refusal);

        _plan = _run.Plan;
        _limits = planner.LimitsOf(_run);
        if (link.Exchange.IsMuted)
            return true;

        MySqlResultSetHeader.Write(link.ClientOutput, ref link.Sequence, columnCount);
        MySqlRowShape.Write(link.ClientOutput, ref link.Sequence, shape, _plan);
        _owesDefinitionsEnd = true;
        return true;
    }

    /// <summary>Rows of an open cursor follow. An answer is why they may not.</summary>
    public Refusal? BeginPage(MySqlRun run)
    {
        _run = run;

        // The plan was made for the decision that the cursor was opened under.
        if (run.Plan is null && planner.Plan(run, run.Shape) is { } refusal)
            return refusal;

        _plan = run.Plan;
        _limits = planner.LimitsOf(run);
        _owesDefinitionsEnd = false;
        return null;
    }

    /// <summary>Passes on one row; false if it contradicts its columns.</summary>
    public bool Relay(ReadOnlySpan<byte> packet)
    {
        if (link.Exchange.IsMuted || !MayPass(packet.Length))
            return true;

        EndDefinitions();
        var payload = packet[MySqlPacketHeader.Size..];
        var size = packet.Length;
        if (_plan is { MasksAnything: true } plan)
            size = _masker.TryRewrite(payload, plan.Columns, _run.ColumnTypes, ref link.Sequence, link.ClientOutput);
        else if (_run.Ruling.Kind == RulingKind.Granted && !HasColumns(payload))
            size = -1;
        else
            Copy(packet);

        if (size < 0)
            return false;

        Count(size);
        return true;
    }

    /// <summary>Passes on a row in pieces.</summary>
    /// <returns>False if the session must end; <see cref="LargeRowEnd"/> says how.</returns>
    public async ValueTask<bool> RelayLargeAsync(CancellationToken stop)
    {
        var exchange = link.Exchange;
        if (_run.Ruling.Kind == RulingKind.Granted && _plan is null)
        {
            LargeRowEnd = SessionEnd.UpstreamViolation;
            return false;
        }

        // How large it will be is not known before its last packet: the limit is held against what is known, and then against all of it.
        var discard = exchange.IsMuted || !MayPass(UpstreamSide.LargeRowSize);
        EndDefinitions();
        using var row = new MySqlLargeRow(link.UpstreamInput, discard ? null : link.ClientOutput, _plan, _run.ColumnTypes, size => MayGoOn(size));
        link.IsMidMessage = !discard;
        try
        {
            LargeRowEnd = await row.RelayAsync(link.Sequence, stop);
        }
        catch (IOException)
        {
            LargeRowEnd = row.IsInputLost ? SessionEnd.UpstreamLost : SessionEnd.ClientLost;
        }

        if (LargeRowEnd != SessionEnd.Unspecified)
            return false;

        link.IsMidMessage = false;
        exchange.UpstreamSequence = row.NextUpstreamSequence;
        if (discard)
            return true;

        link.Sequence = row.NextSequence;
        Count(row.Size);
        return true;
    }

    /// <summary>The rows are over.</summary>
    public void End(MySqlServerStatus status, ushort warnings)
    {
        if (Abort is { } late)
            Cut(late);

        var told = link.Note(status);
        var isCursor = (status & MySqlServerStatus.CursorExists) != 0 && (status & MySqlServerStatus.LastRowSent) == 0;
        link.HidesLast = false;

        // The server drops older messages with the next statement that uses a table.
        if (warnings != 0 || _run.Ruling.Analyzed is { Analysis.Relations.Length: > 0 })
            link.HasMessages = warnings != 0;

        if (link.IsShared && (warnings != 0 || isCursor))
            link.Fail();

        if (!link.Exchange.IsMuted)
        {
            // Where a cursor was opened, the end of the columns is the end of the answer.
            if (!isCursor || link.Exchange.Kind == AnswerKind.Page)
                EndDefinitions();

            _owesDefinitionsEnd = false;
            reply.WriteEnd(told, warnings);
        }

        EndRun(isCursor);
    }

    /// <summary>Passes the end of the columns on, before the first row or the error in its place.</summary>
    public void EndDefinitions()
    {
        if (!_owesDefinitionsEnd || link.Exchange.IsMuted)
            return;

        _owesDefinitionsEnd = false;
        reply.WriteDefinitionsEnd(link.Status, 0);
    }

    // An error stands where a row would, never where the end of the columns would.
    private void Cut(Refusal refusal)
    {
        EndDefinitions();
        cutOff.Now(_run.Running, refusal);
    }

    /// <summary>True if a row of this size may pass; if not, the execution was cut off.</summary>
    private bool MayPass(long size)
    {
        if (_run.Running is not { } running)
            return true;

        if (running.Abort is { } refusal)
        {
            Cut(refusal);
            return false;
        }

        if (running.Rows >= _limits.Rows)
        {
            var limit = string.Create(CultureInfo.InvariantCulture, $"limits.rows is {_limits.Rows}");
            Cut(Gate.LimitHit(_run.Statement.Who, DenyReason.RowLimit, limit));
            return false;
        }

        if (running.Bytes + size > _limits.Bytes)
        {
            var limit = string.Create(CultureInfo.InvariantCulture, $"limits.result_size is {_limits.Bytes} bytes");
            Cut(Gate.LimitHit(_run.Statement.Who, DenyReason.SizeLimit, limit));
            return false;
        }

        return true;
    }

    /// <summary>Counts a row that has left.</summary>
    private void Count(long size)
    {
        if (_run.Running is not { } running)
            return;

        running.Rows++;
        running.Bytes += size;
    }

    private bool TryReadTypes(ReadOnlySpan<byte> shape)
    {
        if (shape.SequenceEqual(_typedShape))
            return true;

        if (MySqlRowShape.ReadTypes(shape) is not { } types)
            return false;

        (_typedShape, _types) = (shape.ToArray(), types);
        return true;
    }

    // In the middle of a large row: what is asked for may have ended meanwhile, and how large it is shows as it comes.
    private bool MayGoOn(long size) => Abort is null && (_run.Running is not { } running || running.Bytes + size <= _limits.Bytes);

    // True if the row has as many columns as the plan was made for.
    private bool HasColumns(ReadOnlySpan<byte> payload)
    {
        if (_plan is not { } plan)
            return false;

        return _run.ColumnTypes.Length == 0
            ? MySqlTextRow.TryParse(payload, plan.Columns.Length, out _)
            : MySqlBinaryRow.TryParse(payload, _run.ColumnTypes, out _);
    }

    private void Copy(ReadOnlySpan<byte> packet)
    {
        var copy = link.ClientOutput.GetSpan(packet.Length);
        packet.CopyTo(copy);
        copy[MySqlPacketHeader.Size - 1] = link.Sequence;
        link.Sequence = MySqlPacketHeader.Next(link.Sequence);
        link.ClientOutput.Advance(packet.Length);
    }

    private void EndRun(bool isCursor)
    {
        // Whoever passes a shared answer on ends it.
        if (link.IsShared)
            return;

        var statement = _run.Statement;
        if (isCursor && !link.Exchange.IsMuted)
        {
            if (_run.Shape.Length == 0)
                _run.Shape = _shape.WrittenSpan.ToArray();

            statement.OpenCursor(_run);
            _run.Running?.Suspend();
            return;
        }

        if (link.Exchange.IsMuted)
            _run.Running?.EndUnknown("its rows were discarded after it was cut off");
        else
            planner.EndOk(_run);

        if (statement.Cursor == _run)
            statement.CloseCursor();
    }
}
