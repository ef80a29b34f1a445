using System.Buffers;
using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Text;
using JitProxy.Policy.Masking;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Results;

/// <summary>Reads the answer to a simple query of PostgreSQL.</summary>
/// <param name="plan">What becomes of the columns that were described last.</param>
internal sealed class PostgresResultReader(Func<MaskPlan?> plan) : ResultReader
{
    /// <inheritdoc/>
    public override void Send(PipeWriter output, ReadOnlySpan<byte> statement) => PgQuery.Write(output, statement);

    /// <inheritdoc/>
    public override ResultStep Take(ref ReadOnlySequence<byte> unread)
    {
        OperationStatus status;
        while ((status = PgFrame.TryRead(ref unread, RowSizeMax, out var frame)) == OperationStatus.Done)
        {
            var step = (PgServerTag)frame.Tag switch
            {
                PgServerTag.DataRow => ReadRow(frame.Body),
                PgServerTag.RowDescription => ReadFields(frame.Body.ToArray()),
                PgServerTag.ErrorResponse => ReadError(frame.Body.ToArray()),
                PgServerTag.ReadyForQuery => ResultStep.End,
                _ => ResultStep.NeedMore,
            };
            if (step != ResultStep.NeedMore)
                return step;
        }

        return status == OperationStatus.InvalidData ? TooLarge() : ResultStep.NeedMore;
    }

    /// <summary>What the values of a type are, by its number (pg_type).</summary>
    public static ValueKind KindOf(uint type) => type switch
    {
        16 => ValueKind.Boolean,
        20 or 21 or 23 or 26 => ValueKind.Integer,
        114 or 3802 => ValueKind.Json,
        700 or 701 => ValueKind.Float,
        1082 => ValueKind.Date,
        1114 => ValueKind.Timestamp,
        1700 => ValueKind.Decimal,
        _ => ValueKind.Text,
    };

    private ResultStep ReadFields(byte[] body)
    {
        if (!PgRowDescription.TryParse(body, out var description))
            return Malformed();

        var masks = plan()?.Columns;
        var fields = ImmutableArray.CreateBuilder<ResultField>(description.ColumnCount);
        foreach (var column in description)
            fields.Add(new(Encoding.UTF8.GetString(column.Name), KindOf(column.TypeOid), masks?[fields.Count]?.Algorithm));

        Fields = fields.MoveToImmutable();
        return ResultStep.Fields;
    }

    private ResultStep ReadRow(in ReadOnlySequence<byte> body)
    {
        var bytes = Row.Begin(body);
        if (!PgDataRow.TryParse(bytes, out var row) || row.ColumnCount != Fields.Length)
            return Malformed();

        // Count, then each value behind its length.
        var at = sizeof(short);
        foreach (var value in row)
        {
            at += sizeof(int);
            if (value.IsNull)
                Row.AddNull();
            else
                Row.Add(at, value.Bytes.Length);

            at += value.Bytes.Length;
        }

        Rows++;
        return ResultStep.Row;
    }

    private ResultStep ReadError(byte[] body)
    {
        if (!PgErrorResponse.TryParse(body, out var error))
            return Malformed();

        Fail(Encoding.UTF8.GetString(error.Message), TextOrNull(error.Detail), TextOrNull(error.Hint));
        return ResultStep.NeedMore;
    }

    private static string? TextOrNull(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : Encoding.UTF8.GetString(bytes);
}
