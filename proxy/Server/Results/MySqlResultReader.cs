using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using JitProxy.Policy.Masking;
using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Results;

/// <summary>Reads the end of a login, and then the answer to COM_QUERY.</summary>
/// <param name="plan">What becomes of the columns that were described last.</param>
/// <param name="refusal">What the session refused last, whose detail and hint an ERR has no room for.</param>
internal sealed class MySqlResultReader(Func<MaskPlan?> plan, Func<Refusal?> refusal) : ResultReader
{
    /// <summary>What such a client can do.</summary>
    public const MySqlCapabilities Capabilities = MySqlCapabilities.DeprecateEof;

    /// <summary>The collation of values that are bytes.</summary>
    private const ushort BinaryCollation = 63;

    private readonly List<ResultField> _fields = [];
    private MySqlReadStep _step = MySqlReadStep.Login;
    private byte[]? _joined;
    private int _columnCount;

    /// <inheritdoc/>
    public override void Send(PipeWriter output, ReadOnlySpan<byte> statement)
    {
        byte sequence = 0;
        MySqlQuery.Write(output, ref sequence, Capabilities, statement);
    }

    /// <inheritdoc/>
    public override ResultStep Take(ref ReadOnlySequence<byte> unread)
    {
        OperationStatus status;
        while ((status = MySqlPacket.TryRead(ref unread, RowSizeMax, out var packet)) == OperationStatus.Done)
        {
            var step = packet.PayloadSize == 0 ? Malformed() : Read(packet);
            if (step != ResultStep.NeedMore)
                return step;
        }

        return status == OperationStatus.InvalidData ? TooLarge() : ResultStep.NeedMore;
    }

    /// <summary>What the values of a column are.</summary>
    public static ValueKind KindOf(in MySqlColumn column) => column.Type switch
    {
        MySqlType.Tiny or MySqlType.Short or MySqlType.Long or MySqlType.Int24 or MySqlType.LongLong or MySqlType.Year => ValueKind.Integer,
        MySqlType.Decimal or MySqlType.NewDecimal => ValueKind.Decimal,
        MySqlType.Float or MySqlType.Double => ValueKind.Float,
        MySqlType.Date => ValueKind.Date,
        MySqlType.DateTime or MySqlType.Timestamp => ValueKind.Timestamp,
        MySqlType.Json => ValueKind.Json,
        MySqlType.Bit or MySqlType.Geometry or MySqlType.Vector => ValueKind.Bytes,
        MySqlType.Blob or MySqlType.TinyBlob or MySqlType.MediumBlob or MySqlType.LongBlob or MySqlType.VarString or MySqlType.String or MySqlType.VarChar
            when column.CharacterSet == BinaryCollation => ValueKind.Bytes,
        _ => ValueKind.Text,
    };

    private ResultStep Read(in MySqlPacket packet)
    {
        var payload = packet.Span(ref _joined);
        if (payload[0] == MySqlError.Header)
            return ReadError(payload);

        switch (_step)
        {
            case MySqlReadStep.Login:
                _step = MySqlReadStep.First;
                return ResultStep.NeedMore;
            case MySqlReadStep.First:
                if (!MySqlResultSetHeader.TryParse(payload, out _columnCount))
                    return Malformed();

                _step = MySqlReadStep.Columns;
                return ResultStep.NeedMore;
            case MySqlReadStep.Columns:
                return ReadColumn(payload);
            case MySqlReadStep.Rows:
            default:
                var first = Math.Min(payload.Length, MySqlPacketHeader.BodySizeMax);
                return MySqlResponse.KindOfRow(payload[0], first, isEofDeprecated: true) == MySqlResponseKind.Ok ? ResultStep.End : ReadRow(payload);
        }
    }

    private ResultStep ReadColumn(ReadOnlySpan<byte> payload)
    {
        if (!MySqlColumn.TryParse(payload, isListed: false, out var column))
            return Malformed();

        var masks = plan()?.Columns;
        _fields.Add(new(Encoding.UTF8.GetString(column.Name), KindOf(column), masks?[_fields.Count]?.Algorithm));
        if (_fields.Count < _columnCount)
            return ResultStep.NeedMore;

        Fields = [.. _fields];
        _step = MySqlReadStep.Rows;
        return ResultStep.Fields;
    }

    private ResultStep ReadRow(ReadOnlySpan<byte> payload)
    {
        var bytes = Row.Begin(payload);
        if (!MySqlTextRow.TryParse(bytes, _columnCount, out var row))
            return Malformed();

        foreach (var value in row)
        {
            if (value.IsNull)
                Row.AddNull();
            else
                Row.Add(bytes.Overlaps(value.Bytes, out var at) ? at : 0, value.Bytes.Length);
        }

        Rows++;
        return ResultStep.Row;
    }

    private ResultStep ReadError(ReadOnlySpan<byte> payload)
    {
        if (!MySqlError.TryParse(payload, out var error))
            return Malformed();

        var text = Encoding.UTF8.GetString(error.Message);
        if (refusal() is { } ours && MySqlRefusal.TextOf(ours) == text)
            Fail(ours.Message, ours.Detail, ours.Hint);
        else
            Fail(text);

        return ResultStep.End;
    }
}

/// <summary>How far the answer has come.</summary>
internal enum MySqlReadStep : byte
{
    /// <summary>The OK of the login is owed.</summary>
    Login = 0,

    /// <summary>The number of columns is owed.</summary>
    First,

    /// <summary>Definitions of columns are owed.</summary>
    Columns,

    /// <summary>Rows come.</summary>
    Rows,
}
