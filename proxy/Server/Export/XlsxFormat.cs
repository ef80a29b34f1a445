using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using JitProxy.Server.Results;
using SpreadCheetah;
using SpreadCheetah.Styling;

namespace JitProxy.Server.Export;

/// <summary>A workbook. Numbers, booleans, days and moments are cells of their type where a cell can hold them without loss; all else is text.</summary>
/// <remarks>A text cell is never a formula, whatever the text begins with. A result larger than a sheet goes on in another one.</remarks>
internal sealed class XlsxFormat(ImmutableArray<ResultField> fields, ExportBuffer output) : RowFormat
{
    /// <summary>What a sheet, a row and a cell can hold.</summary>
    private const int RowsMax = 1_048_576;

    private const int ColumnsMax = 16_384;
    private const int TextLengthMax = 32_767;

    // Cells hold 64-bit floats: 15 digits come back as they were.
    private const int DigitsMax = 15;

    // Spreadsheets count days as if there had been a 29th of February 1900.
    private static readonly DateTime FirstDay = new(1900, 3, 1);

    // One row of cells, used again for each.
    private readonly StyledCell[] _cells = new StyledCell[fields.Length];
    private char[] _text = [];
    private int _textLength;
    private Spreadsheet? _book;
    private StyleId? _day;
    private StyleId? _moment;
    private StyleId? _heading;
    private int _sheets;

    /// <inheritdoc/>
    public override async ValueTask<string?> BeginAsync()
    {
        if (fields.Length > ColumnsMax)
            return $"a sheet has at most {ColumnsMax} columns, and the result has {fields.Length}";

        _book = await Spreadsheet.CreateNewAsync(output, new() { DocumentProperties = null });
        _day = _book.AddStyle(new Style { Format = NumberFormat.Custom("yyyy-mm-dd") });
        _moment = _book.AddStyle(new Style { Format = NumberFormat.Custom("yyyy-mm-dd hh:mm:ss") });
        _heading = _book.AddStyle(new Style { Font = { Bold = true } });
        await StartSheetAsync(_book);
        return null;
    }

    /// <inheritdoc/>
    public override async ValueTask<string?> AddAsync(ResultRow row)
    {
        if (_book!.NextRowNumber > RowsMax)
            await StartSheetAsync(_book);

        _textLength = 0;
        for (var i = 0; i < row.Count; i++)
        {
            if (!TryMakeCell(row, i, out var cell))
                return $"column {fields[i].Name} has a text of more than {TextLengthMax} characters, which no cell of a workbook holds";

            _cells[i] = cell;
        }

        await _book.AddRowAsync(_cells);
        return null;
    }

    /// <inheritdoc/>
    public override async ValueTask EndAsync()
    {
        await _book!.FinishAsync();
        await DisposeAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_book is { } book)
            await book.DisposeAsync();

        _book = null;
        await base.DisposeAsync();
    }

    private async ValueTask StartSheetAsync(Spreadsheet book)
    {
        _sheets++;
        await book.StartWorksheetAsync(_sheets == 1 ? "rows" : $"rows {_sheets}");
        for (var i = 0; i < fields.Length; i++)
            _cells[i] = new(Clean(fields[i].Name), _heading);

        await book.AddRowAsync(_cells);
    }

    private bool TryMakeCell(ResultRow row, int index, out StyledCell cell)
    {
        cell = default;
        if (row.IsNull(index))
            return true;

        var kind = fields[index].Kind;
        if (TryMakeTyped(row[index], kind, out cell))
            return true;

        var text = kind == ValueKind.Bytes ? row.TextOf(index, kind).AsMemory() : Decode(row[index]);
        if (!IsClean(text.Span))
            text = Clean(text.ToString()).AsMemory();

        cell = new(text, null);
        return text.Length <= TextLengthMax;
    }

    // The texts of a row lie one behind the other in one buffer, which the next row uses again; one that was outgrown stays with its cells.
    private ReadOnlyMemory<char> Decode(ReadOnlySpan<byte> value)
    {
        if (_text.Length - _textLength < value.Length)
            (_text, _textLength) = (new char[Math.Max(value.Length, 2 * _text.Length)], 0);

        var start = _textLength;
        _textLength += Encoding.UTF8.GetChars(value, _text.AsSpan(start));
        return _text.AsMemory(start, _textLength - start);
    }

    private bool TryMakeTyped(ReadOnlySpan<byte> value, ValueKind kind, out StyledCell cell)
    {
        cell = default;
        switch (kind)
        {
            case ValueKind.Boolean:
                cell = new(value.SequenceEqual("t"u8), null);
                return true;
            case ValueKind.Integer or ValueKind.Decimal when CountDigits(value) <= DigitsMax
                && decimal.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var exact):
                cell = new(exact, null);
                return true;
            case ValueKind.Float when double.TryParse(value, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real):
                cell = new(real, null);
                return true;
            case ValueKind.Date when TryReadMoment(value, "yyyy-MM-dd", out var day):
                cell = new(day, _day);
                return true;
            case ValueKind.Timestamp when TryReadMoment(value, "yyyy-MM-dd HH:mm:ss.FFFFFFF", out var moment)
                && moment.Ticks % TimeSpan.TicksPerMillisecond == 0:
                cell = new(moment, _moment);
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadMoment(ReadOnlySpan<byte> value, string format, out DateTime moment)
    {
        moment = default;
        return value.Length <= format.Length
            && DateTime.TryParseExact(Encoding.ASCII.GetString(value), format, CultureInfo.InvariantCulture, DateTimeStyles.None, out moment)
            && moment >= FirstDay;
    }

    private static int CountDigits(ReadOnlySpan<byte> value)
    {
        var count = 0;
        foreach (var character in value)
        {
            if (count > 0 ? character is >= (byte)'0' and <= (byte)'9' : character is >= (byte)'1' and <= (byte)'9')
                count++;
        }

        return count;
    }

    private static bool IsClean(ReadOnlySpan<char> text) =>
        !text.ContainsAnyInRange('\0', '\x1F') && !text.Contains("_x", StringComparison.Ordinal) && !text.ContainsAny('\uFFFE', '\uFFFF');

    // XML has no place for control characters; workbooks write them, and what would look like one, as `_xHHHH_` (ECMA-376, ST_Xstring).
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var isEscaped = text[i] is (< ' ' and not ('\t' or '\n')) or '\uFFFE' or '\uFFFF' || (text[i] == '_' && i + 1 < text.Length && text[i + 1] == 'x');
            if (isEscaped)
                clean.Append(CultureInfo.InvariantCulture, $"_x{(int)text[i]:X4}_");
            else
                clean.Append(text[i]);
        }

        return clean.ToString();
    }
}
