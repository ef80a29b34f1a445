using System.Text;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>What quoted tokens of MySQL stand for.</summary>
internal static class MySqlText
{
    /// <summary>A name in backticks or double quotes: quotes go, doubled ones become one.</summary>
    public static string Name(ReadOnlySpan<byte> bytes)
    {
        var quote = ((char)bytes[0]).ToString();
        return TokenText.Decode(bytes[1..^1]).Replace(quote + quote, quote, StringComparison.Ordinal);
    }

    /// <summary>The value of a string in single or double quotes.</summary>
    /// <param name="bytes">The string, quotes included.</param>
    /// <param name="hasEscapes">True if a backslash begins an escape.</param>
    public static string Value(ReadOnlySpan<byte> bytes, bool hasEscapes)
    {
        var quote = (char)bytes[0];
        var text = TokenText.Decode(bytes[1..^1]);
        var value = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && hasEscapes && i + 1 < text.Length)
            {
                AppendEscape(value, text[++i]);
                continue;
            }

            value.Append(text[i]);
            if (text[i] == quote)
                i++; // a quote inside is doubled
        }

        return value.ToString();
    }

    // In front of % and _ the backslash stays, because LIKE wants to see it.
    private static void AppendEscape(StringBuilder value, char escaped)
    {
        if (escaped is '%' or '_')
            value.Append('\\');
        value.Append(escaped switch
        {
            '0' => '\0',
            'b' => '\b',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'Z' => '\u001A',
            _ => escaped,
        });
    }
}
