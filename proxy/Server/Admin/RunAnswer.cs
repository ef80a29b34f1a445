using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Masking;
using JitProxy.Server.Admin.Contract;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Admin;

/// <summary>Turns the messages of a run into the lines that the command line prints.</summary>
/// <param name="plan">What becomes of the columns that were described last.</param>
internal sealed class RunAnswer(Func<MaskPlan?> plan)
{
    private int _readyCount;
    private long _rows;
    private RunEnd? _end;

    /// <summary>True once both the setting and the statement were answered.</summary>
    public bool IsOver => _readyCount == 2;

    /// <summary>Takes a message; an answer is a line to print.</summary>
    public RunLine? Take(PgServerTag tag, byte[] body)
    {
        switch (tag)
        {
            case PgServerTag.RowDescription when PgRowDescription.TryParse(body, out var description):
                return new() { Columns = Columns(description, plan()) };
            case PgServerTag.DataRow when PgDataRow.TryParse(body, out var row):
                _rows++;
                return new() { Row = Values(row) };
            case PgServerTag.ErrorResponse when PgErrorResponse.TryParse(body, out var error):
                _end ??= new(_rows, Text(error.Message), TextOrNull(error.Detail), TextOrNull(error.Hint));
                return null;
            case PgServerTag.ReadyForQuery:
                _readyCount++;
                return IsOver ? new() { End = _end ?? new(_rows) } : null;
            default:
                return null;
        }
    }

    /// <summary>The line that ends a run whose session ended first.</summary>
    public RunLine Lost()
    {
        _readyCount = 2;
        return new() { End = _end ?? new(_rows, "the session ended before the statement did") };
    }

    private static ImmutableArray<RunColumn> Columns(PgRowDescription description, MaskPlan? plan)
    {
        var columns = ImmutableArray.CreateBuilder<RunColumn>(description.ColumnCount);
        foreach (var column in description)
            columns.Add(new(Text(column.Name), plan?.Columns[columns.Count]?.Algorithm));

        return columns.MoveToImmutable();
    }

    private static ImmutableArray<string?> Values(PgDataRow row)
    {
        var values = ImmutableArray.CreateBuilder<string?>();
        foreach (var value in row)
            values.Add(value.IsNull ? null : Text(value.Bytes));

        return values.DrainToImmutable();
    }

    private static string? TextOrNull(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : Text(bytes);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
