using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using JitProxy.Server.Results;

namespace JitProxy.Server.Export;

/// <summary>CSV as RFC 4180 has it: a header, lines that end with CR LF, quotes where they are needed. NULL is nothing, an empty text is <c>""</c>.</summary>
/// <remarks>Values are as they are, also those that a spreadsheet would take for a formula: a file for programs must not differ from the data.</remarks>
internal sealed class CsvFormat(ImmutableArray<ResultField> fields, ExportBuffer output) : RowFormat
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(",\"\r\n"u8);

    /// <inheritdoc/>
    public override ValueTask<string?> BeginAsync()
    {
        for (var i = 0; i < fields.Length; i++)
        {
            Separate(i);
            WriteValue(Encoding.UTF8.GetBytes(fields[i].Name));
        }

        output.Write("\r\n"u8);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<string?> AddAsync(ResultRow row)
    {
        for (var i = 0; i < row.Count; i++)
        {
            Separate(i);
            if (row.IsNull(i))
                continue;

            if (fields[i].Kind == ValueKind.Bytes)
                WriteValue(Encoding.ASCII.GetBytes(row.TextOf(i, ValueKind.Bytes)!));
            else
                WriteValue(row[i]);
        }

        output.Write("\r\n"u8);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync() => default;

    private void Separate(int index)
    {
        if (index > 0)
            output.Write(","u8);
    }

    private void WriteValue(ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty && !value.ContainsAny(Special))
        {
            output.Write(value);
            return;
        }

        output.Write("\""u8);
        int quote;
        while ((quote = value.IndexOf((byte)'"')) >= 0)
        {
            output.Write(value[..(quote + 1)]);
            output.Write("\""u8);
            value = value[(quote + 1)..];
        }

        output.Write(value);
        output.Write("\""u8);
    }
}
