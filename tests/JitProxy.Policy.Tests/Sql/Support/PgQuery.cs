using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>PostgreSQL 15's own scanner and parser, from Debian's package <c>libpg-query-dev</c>: the oracle of these tests.</summary>
/// <remarks>
/// The library's parser, unlike the server's, sees comments as tokens: it then joins no strings, and does not find what follows NOT or WITH. So its
/// scanner's comments are made blanks first.
/// </remarks>
internal static partial class PgQuery
{
    private const string Library = "libpg_query.so";
    private const int SqlComment = 275;
    private const int BlockComment = 276;

    /// <summary>The parse tree as JSON without places in the text; null if the parser refuses the text.</summary>
    public static string? Parse(ReadOnlySpan<byte> text) => Parse(text, WithoutPlaces);

    /// <summary>The parse tree; null if the parser refuses the text.</summary>
    public static JsonDocument? ParseTree(ReadOnlySpan<byte> text) => Parse(text, static tree => JsonDocument.Parse(Bytes(tree).ToArray(), new() { MaxDepth = 10_000 }));

    private static T? Parse<T>(ReadOnlySpan<byte> text, Func<nint, T> read)
        where T : class
    {
        if (Blank(text) is not { } blanked)
            return null;

        var result = pg_query_parse(blanked);
        try
        {
            return result.Error == 0 ? read(result.Tree) : null;
        }
        finally
        {
            pg_query_free_parse_result(result);
        }
    }

    /// <summary>The tokens with their end offsets, comments left out; null if the scanner refuses the text.</summary>
    public static List<(int Start, int End)>? Scan(ReadOnlySpan<byte> text) =>
        Blank(text) is { } blanked && ScanTokens(blanked) is { } tokens ? [.. tokens.Select(static t => (t.Start, t.End))] : null;

    /// <summary>The text with blanks for comments, and a NUL at its end; null if the scanner refuses it.</summary>
    private static byte[]? Blank(ReadOnlySpan<byte> text)
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            Assert.Fail($"{Library} cannot be loaded: install Debian's package libpg-query-dev (./test.sh does)");

        byte[] blanked = [.. text, 0];
        if (ScanTokens(blanked) is not { } tokens)
            return null;

        foreach (var (start, end, kind) in tokens)
        {
            if (kind is SqlComment or BlockComment)
                blanked.AsSpan(start..end).Fill((byte)' ');
        }

        // A block comment keeps strings apart, so a newline beside it must not join them.
        foreach (var (start, _, _) in tokens.Where(static t => t.Kind == BlockComment))
        {
            for (var at = start; at >= 0 && IsBlank(blanked[at]); at--)
                blanked[at] = (byte)' ';
            for (var at = start; IsBlank(blanked[at]); at++)
                blanked[at] = (byte)' ';
        }

        return blanked;
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)'\f';

    private static List<(int Start, int End, int Kind)>? ScanTokens(byte[] terminated)
    {
        var result = pg_query_scan(terminated);
        try
        {
            return result.Error == 0 ? ReadTokens(Bytes(result.Data, checked((int)result.Size)), terminated) : null;
        }
        finally
        {
            pg_query_free_scan_result(result);
        }
    }

    private static unsafe ReadOnlySpan<byte> Bytes(nint data, int size) => new((void*)data, size);

    private static unsafe ReadOnlySpan<byte> Bytes(nint text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)text);

    private static string WithoutPlaces(nint tree)
    {
        var reader = new Utf8JsonReader(Bytes(tree), new JsonReaderOptions { MaxDepth = 10_000 });
        var text = new StringBuilder();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();

                // A tablespace has a location of its own; that is a string.
                if (reader.TokenType == JsonTokenType.Number && name is "location" or "stmt_location" or "stmt_len")
                    continue;
                text.Append(' ').Append(name).Append(':');
            }

            text.Append(reader.TokenType switch
            {
                JsonTokenType.String => JsonSerializer.Serialize(reader.GetString()),
                JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
                _ => reader.TokenType.ToString() is "StartObject" ? "{" : reader.TokenType.ToString(),
            }).Append(' ');
        }

        return text.ToString();
    }

    /// <summary>Protobuf: field 2 repeats tokens, each with start (1), end (2) and kind (4), all variable-length integers.</summary>
    private static List<(int Start, int End, int Kind)> ReadTokens(ReadOnlySpan<byte> data, ReadOnlySpan<byte> text)
    {
        var tokens = new List<(int Start, int End, int Kind)>();
        var at = 0;
        while (at < data.Length)
        {
            var tag = ReadNumber(data, ref at);
            var value = ReadNumber(data, ref at);
            if (tag != ((2 << 3) | 2))
                continue;

            var (start, end, kind) = (0, 0, 0);
            for (var tokenEnd = at + value; at < tokenEnd;)
            {
                var field = ReadNumber(data, ref at) >> 3;
                var number = ReadNumber(data, ref at);
                (start, end, kind) = (field == 1 ? number : start, field == 2 ? number : end, field == 4 ? number : kind);
            }

            // N'...' comes as the keyword NCHAR, one byte long, and a string.
            var isNational = tokens.Count > 0 && tokens[^1].End == start && tokens[^1].End - tokens[^1].Start == 1
                && (text[start - 1] | 0x20) == 'n' && text[start] == '\'';
            if (isNational)
                tokens[^1] = (start - 1, end, kind);
            else
                tokens.Add((start, end, kind));
        }

        return tokens;
    }

    private static int ReadNumber(ReadOnlySpan<byte> data, ref int at)
    {
        var value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = data[at++];
            value |= (part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
    }

    [LibraryImport(Library)]
    private static partial ParseResult pg_query_parse(byte[] text);

    [LibraryImport(Library)]
    private static partial void pg_query_free_parse_result(ParseResult result);

    [LibraryImport(Library)]
    private static partial ScanResult pg_query_scan(byte[] text);

    [LibraryImport(Library)]
    private static partial void pg_query_free_scan_result(ScanResult result);

    private readonly record struct ParseResult(nint Tree, nint Stderr, nint Error);

    private readonly record struct ScanResult(nuint Size, nint Data, nint Stderr, nint Error);
}
