using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Walks the server's answer to the command under way, packet by packet, and gives the client its part of it.</summary>
internal sealed class AnswerRelay(Link link, Reply reply, RowRelay rows, ErrorRelay errors, StateWatch watch, WarningMemory warnings)
{
    private readonly Exchange _exchange = link.Exchange;

    /// <summary>How the session ends, once a packet was answered with <see cref="UpstreamStep.End"/>.</summary>
    public SessionEnd EndedAs { get; private set; }

    /// <summary>Handles one whole packet; an answer means that it stops here.</summary>
    public UpstreamStep? Handle(ReadOnlySpan<byte> packet)
    {
        var payload = packet[MySqlPacketHeader.Size..];
        if (payload.IsEmpty)
            return End(SessionEnd.UpstreamViolation);

        switch (_exchange.Step)
        {
            case AnswerStep.Rows:
                return HandleRow(packet, payload);
            case AnswerStep.First when payload[0] == MySqlError.Header:
                return Finish(errors.Relay(payload));
            case AnswerStep.First:
                return HandleFirst(payload);
            case AnswerStep.Parameters:
                return HandleParameter(packet);
            case AnswerStep.ParametersEnd:
                return HandleEnd(payload, AnswerStep.Columns);
            case AnswerStep.Columns:
                return HandleColumn(packet);
            case AnswerStep.ColumnsEnd when payload[0] == MySqlError.Header && _exchange.Kind != AnswerKind.Prepared:
                // What fails while a cursor is opened fails before its columns have ended.
                return Finish(errors.Relay(payload));
            case AnswerStep.ColumnsEnd:
                return HandleEnd(payload, AnswerStep.Rows);
            default:
                return End(SessionEnd.UpstreamViolation);
        }
    }

    private UpstreamStep? HandleRow(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> payload)
    {
        switch (MySqlResponse.KindOfRow(payload[0], payload.Length, link.UpstreamEndsWithOk))
        {
            case MySqlResponseKind.Row:
                return rows.Relay(packet) ? null : End(SessionEnd.UpstreamViolation);
            case MySqlResponseKind.Error:
                rows.EndDefinitions();
                return Finish(errors.Relay(payload));
            case MySqlResponseKind.Ok when MySqlOk.TryParse(payload, link.UpstreamCan, out var ok):
                if (!watch.Take(ok, _exchange.Run))
                    return End(SessionEnd.StateChanged);

                rows.End(ok.Status, warnings.Count(ok.Warnings));
                return UpstreamStep.Answered;
            case MySqlResponseKind.Eof when MySqlEof.TryParse(payload, out var eof):
                if (!StateWatch.Allows(eof.Status))
                    return End(SessionEnd.StateChanged);

                rows.End(eof.Status, warnings.Count(eof.Warnings));
                return UpstreamStep.Answered;
            default:
                return End(SessionEnd.UpstreamViolation);
        }
    }

    private UpstreamStep? HandleFirst(ReadOnlySpan<byte> payload)
    {
        if (_exchange.Kind == AnswerKind.Prepared)
            return HandlePrepared(payload);

        var kind = MySqlResponse.KindOf(payload[0]);
        if (kind == MySqlResponseKind.Ok)
            return HandleOk(payload);

        // A request for a file of the client is among the rest: it was never allowed, and nobody is asked.
        if (kind != MySqlResponseKind.ResultSet || _exchange.Run is not { } run || !MySqlResultSetHeader.TryParse(payload, out var count))
            return End(SessionEnd.UpstreamViolation);

        rows.Begin(run, _exchange.Kind == AnswerKind.BinaryResult);
        (_exchange.Step, _exchange.ColumnCount, _exchange.Left) = (AnswerStep.Columns, count, count);
        return null;
    }

    private UpstreamStep? HandleOk(ReadOnlySpan<byte> payload)
    {
        // What a grant holds returns rows, unless a role lets it write; one that does not has done something else.
        var run = _exchange.Run;
        if (run?.Ruling is { Kind: RulingKind.Granted, Writes: false } || !MySqlOk.TryParse(payload, link.UpstreamCan, out var ok))
            return End(SessionEnd.UpstreamViolation);

        if (!watch.Take(ok, run))
            return End(SessionEnd.StateChanged);

        var status = link.Note(ok.Status);
        link.HasMessages |= ok.Warnings != 0;
        if (_exchange.IsInternal)
        {
            _exchange.Keep(payload);
            return UpstreamStep.Answered;
        }

        if (_exchange.IsMuted)
            return UpstreamStep.Answered;

        if (run?.Running?.Abort is { } late)
        {
            run.Running.EndRefused(late);
            reply.Refuse(late);
            return UpstreamStep.Answered;
        }

        run?.Running?.EndOk();
        if (run is not null)
            link.Applied.Note(run);

        var count = run?.Ruling.Kind == RulingKind.Granted ? warnings.Count(ok.Warnings) : ok.Warnings;
        MySqlOk.Write(link.ClientOutput, ref link.Sequence, link.ClientCan, status, ok.AffectedRows, ok.LastInsertId, count, ok.Message, watch.Told);
        return UpstreamStep.Answered;
    }

    private UpstreamStep? HandlePrepared(ReadOnlySpan<byte> payload)
    {
        if (_exchange.Statement is not { } statement || !MySqlStmtPrepareOk.TryParse(payload, out var prepared))
            return End(SessionEnd.UpstreamViolation);

        link.HasMessages |= prepared.Warnings != 0;
        (statement.UpstreamId, statement.ParameterCount) = (prepared.StatementId, prepared.ParameterCount);
        (_exchange.ColumnCount, _exchange.Left) = (prepared.ColumnCount, prepared.ParameterCount);
        if (_exchange.IsInternal)
            _exchange.Keep(payload);
        else
            MySqlStmtPrepareOk.Write(link.ClientOutput, ref link.Sequence, statement.Id, prepared.ColumnCount, prepared.ParameterCount, prepared.Warnings);

        return GoOn(prepared.ParameterCount > 0 ? AnswerStep.Parameters : AnswerStep.Columns);
    }

    private UpstreamStep? HandleParameter(ReadOnlySpan<byte> packet)
    {
        Pass(packet);
        if (--_exchange.Left > 0)
            return null;

        return GoOn(link.UpstreamEndsWithOk ? AnswerStep.Columns : AnswerStep.ParametersEnd);
    }

    private UpstreamStep? HandleColumn(ReadOnlySpan<byte> packet)
    {
        var isPrepared = _exchange.Kind == AnswerKind.Prepared;
        if (isPrepared)
            Pass(packet);
        else if (!rows.AddColumn(packet))
            return End(SessionEnd.UpstreamViolation);

        if (--_exchange.Left > 0)
            return null;

        if (!isPrepared && !rows.EndColumns(_exchange.ColumnCount))
            return End(SessionEnd.UpstreamViolation);

        if (!link.UpstreamEndsWithOk)
        {
            _exchange.Step = AnswerStep.ColumnsEnd;
            return null;
        }

        return EndColumns();
    }

    // EOF behind definitions, of a server that still sends it.
    private UpstreamStep? HandleEnd(ReadOnlySpan<byte> payload, AnswerStep next)
    {
        if (!MySqlEof.TryParse(payload, out var eof) || !StateWatch.Allows(eof.Status))
            return End(SessionEnd.UpstreamViolation);

        if (next == AnswerStep.Columns)
            return GoOn(AnswerStep.Columns);

        if (_exchange.Kind != AnswerKind.Prepared && (eof.Status & MySqlServerStatus.CursorExists) != 0)
        {
            rows.End(eof.Status, eof.Warnings);
            return UpstreamStep.Answered;
        }

        return EndColumns();
    }

    private UpstreamStep? EndColumns()
    {
        if (_exchange.Kind != AnswerKind.Prepared)
        {
            _exchange.Step = AnswerStep.Rows;
            return null;
        }

        if (!_exchange.IsInternal)
            reply.WriteDefinitionsEnd(link.Status, 0);

        return UpstreamStep.Answered;
    }

    // Goes on with a statement's definitions: those of its parameters have ended if there were any.
    private UpstreamStep? GoOn(AnswerStep step)
    {
        _exchange.Step = step;
        if (step != AnswerStep.Columns)
            return null;

        if (!_exchange.IsInternal && _exchange.Statement!.ParameterCount > 0)
            reply.WriteDefinitionsEnd(link.Status, 0);

        _exchange.Left = _exchange.ColumnCount;
        return _exchange.ColumnCount == 0 ? UpstreamStep.Answered : null;
    }

    private void Pass(ReadOnlySpan<byte> packet)
    {
        if (_exchange.IsInternal)
            return;

        var copy = link.ClientOutput.GetSpan(packet.Length);
        packet.CopyTo(copy);
        copy[MySqlPacketHeader.Size - 1] = link.Sequence;
        link.Sequence = MySqlPacketHeader.Next(link.Sequence);
        link.ClientOutput.Advance(packet.Length);
    }

    private UpstreamStep? Finish(bool isSound) => isSound ? UpstreamStep.Answered : End(SessionEnd.UpstreamViolation);

    private UpstreamStep? End(SessionEnd end)
    {
        EndedAs = end;
        return UpstreamStep.End;
    }
}
