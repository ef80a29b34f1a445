using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql;

/// <summary>Reads <c>COPY (statement) TO STDOUT</c>, so that the statement inside can be judged as an export of its own.</summary>
public static class CopyReader
{
    /// <summary>True for any COPY, whatever it copies.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    public static bool IsCopy(ReadOnlySpan<byte> text)
    {
        var lexer = new PostgresLexer(text);
        return lexer.TryNext(out var first) && first is { Kind: TokenKind.Word, Length: 4 }
            && TokenText.Fold(text.Slice(first.Start, first.Length)) == "copy";
    }

    /// <summary>Reads it. False, with a sentence why, for every other COPY and every other text; never throws.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="export">What is copied, and how.</param>
    /// <param name="why">Why not.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out CopyExport? export, out string? why)
    {
        export = null;
        why = PostgresParser.TryParse(text, out var statement, out var fault)
            ? statement switch
            {
                CopyStatement { IsFrom: true } => "COPY FROM writes to a table",
                CopyStatement { IsStandard: false } => "COPY reaches a file or program of the server",
                CopyStatement { Inner: QueryStatement } copy => Read(copy.InnerText, copy.Options, out export),
                CopyStatement => "only COPY (query) TO STDOUT can be an export; name the query in parentheses",
                _ => "not a COPY",
            }
            : fault ?? "not a statement";
        return export is not null;
    }

    // Null if every option is one that the proxy can write.
    private static string? Read(Range inner, ImmutableArray<CopyOption> options, out CopyExport? export)
    {
        export = null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in options)
        {
            if (!values.TryAdd(option.Name, option.Value ?? "true"))
                return $"COPY has the option {option.Name} twice";
            if (option.IsOfColumns != (option.Name == "force_quote"))
                return $"COPY has the option {option.Name} with a value that is not supported";
        }

        var format = values.GetValueOrDefault("format", "text").ToLowerInvariant();
        if (format is not ("text" or "csv" or "binary"))
            return $"COPY in the format {format} is not supported";
        if (format == "binary")
        {
            if (values.Keys.FirstOrDefault(static name => name is not ("format" or "encoding")) is { } useless)
                return $"COPY has no option {useless} in the format binary";

            export = new(inner, false, false, 0, "", 0, 0, false, IsBinary: true);
            return null;
        }

        var isCsv = format == "csv";
        var isHeaderKnown = TryReadSwitch(values.GetValueOrDefault("header", "false"), out var hasHeader);
        var forceQuote = options.FirstOrDefault(static option => option.Name == "force_quote");
        var isByteKnown = TryReadByte(values.GetValueOrDefault("delimiter", isCsv ? "," : "\t"), out var delimiter)
            & TryReadByte(values.GetValueOrDefault("quote", "\""), out var quote)
            & TryReadByte(values.GetValueOrDefault("escape", values.GetValueOrDefault("quote", "\"")), out var escape);
        if (!isHeaderKnown || !isByteKnown || !IsUtf8(values.GetValueOrDefault("encoding", "utf8")))
            return "COPY has an option whose value is not supported";
        if (values.Keys.FirstOrDefault(static name => name is not
            ("format" or "header" or "delimiter" or "null" or "quote" or "escape" or "force_quote" or "encoding")) is { } other)
        {
            return $"COPY has the option {other}, which is not supported";
        }

        var nullText = values.GetValueOrDefault("null", isCsv ? "" : "\\N");
        if (FindClash(isCsv, delimiter, nullText, quote, values) is { } clash)
            return clash;

        export = new(inner, isCsv, hasHeader, delimiter, nullText, quote, escape, forceQuote is { IsEveryColumn: true })
        {
            Quoted = forceQuote is { Columns: { IsDefault: false } columns } ? columns : [],
        };
        return null;
    }

    // What the server refuses, because nobody could read such a file back (ProcessCopyOptions); and texts whose escapes are not read here.
    private static string? FindClash(bool isCsv, byte delimiter, string nullText, byte quote, Dictionary<string, string> values)
    {
        if (!isCsv && values.Keys.FirstOrDefault(static name => name is "quote" or "escape" or "force_quote") is { } option)
            return $"COPY has the option {option} in the format csv only";
        if (!isCsv && (char.IsAsciiLetterLower((char)delimiter) || char.IsAsciiDigit((char)delimiter) || (char)delimiter is '.' or '\\'))
            return $"COPY delimiter cannot be \"{(char)delimiter}\"";
        if (isCsv && delimiter == quote)
            return "COPY delimiter and quote must be different";
        if (nullText.StartsWith("E'", StringComparison.OrdinalIgnoreCase) || nullText.AsSpan().ContainsAny('\n', '\r'))
            return "COPY has an option whose value is not supported";

        return nullText.Contains((char)delimiter, StringComparison.Ordinal) || (isCsv && nullText.Contains((char)quote, StringComparison.Ordinal))
            ? "COPY has a text for NULL that holds the delimiter or the quote"
            : null;
    }

    private static bool TryReadSwitch(string text, out bool isOn)
    {
        isOn = text.ToLowerInvariant() is "true" or "on" or "1";
        return isOn || text.ToLowerInvariant() is "false" or "off" or "0";
    }

    // One ASCII character. The escape string that spells a tab is common and the only one with a backslash that is understood.
    private static bool TryReadByte(string text, out byte value)
    {
        if (text is "E'\\t'" or "e'\\t'")
            text = "\t";
        value = text.Length == 1 && char.IsAscii(text[0]) ? (byte)text[0] : default;
        return value is not (0 or (byte)'\n' or (byte)'\r');
    }

    private static bool IsUtf8(string name) => string.Concat(name.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit)) is "utf8" or "unicode";
}
