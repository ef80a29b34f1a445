using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JitProxy.Policy.Masking;

/// <summary>The full name of a column in the configuration.</summary>
/// <param name="Server">The server's name in the configuration.</param>
/// <param name="Database">The database.</param>
/// <param name="Schema">The schema; empty for MySQL, which has none.</param>
/// <param name="Table">The table or view.</param>
/// <param name="Column">The column.</param>
public readonly record struct MaskedColumn(string Server, string Database, string Schema, string Table, string Column)
{
    /// <summary>Reads <c>server/database.schema.table.column</c>, or <c>server/database.table.column</c> for MySQL.</summary>
    /// <remarks>A part in double quotes may hold dots and slashes, and <c>""</c> for one quote. Case and blanks are kept.</remarks>
    public static bool TryParse(string text, out MaskedColumn column, [NotNullWhen(false)] out string? objection)
    {
        column = default;
        var at = 0;
        var parts = new List<string>(5);
        while (true)
        {
            // Only the first separator is a slash.
            if (!TryReadPart(text, ref at, parts.Count == 0 ? '/' : '.', out var part))
            {
                objection = $"`{text}` has a double quote that is not closed, or text beside a quoted name";
                return false;
            }

            if (part.Length == 0)
            {
                objection = $"`{text}` has an empty name";
                return false;
            }

            parts.Add(part);
            if (at >= text.Length)
                break;
            at++;
            if (at == text.Length)
            {
                objection = $"`{text}` has an empty name";
                return false;
            }
        }

        if (parts.Count is not (4 or 5))
        {
            objection = $"`{text}` is not server/database.schema.table.column (MySQL: server/database.table.column)";
            return false;
        }

        objection = null;
        column = new(parts[0], parts[1], parts.Count == 5 ? parts[2] : "", parts[^2], parts[^1]);
        return true;
    }

    /// <summary>The name as the configuration writes it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text, Server, '/');
        Append(text, Database, '.');
        if (Schema.Length > 0)
            Append(text, Schema, '.');
        Append(text, Table, '.');
        Append(text, Column, '\0');
        return text.ToString();
    }

    private static void Append(StringBuilder text, string part, char separator)
    {
        if (part.AsSpan().ContainsAny('.', '/', '"'))
            text.Append('"').Append(part.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        else
            text.Append(part);
        if (separator != '\0')
            text.Append(separator);
    }

    private static bool TryReadPart(string text, ref int at, char separator, out string part)
    {
        if (at >= text.Length || text[at] != '"')
        {
            var end = text.IndexOf(separator, at);
            end = end < 0 ? text.Length : end;
            part = text[at..end];
            at = end;
            return !part.Contains('"', StringComparison.Ordinal);
        }

        var name = new StringBuilder();
        part = "";
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                name.Append(text[at]);
                continue;
            }

            at++;
            if (at == text.Length || text[at] == separator)
            {
                part = name.ToString();
                return true;
            }

            if (text[at] != '"')
                return false;
            name.Append('"');
        }

        return false;
    }
}
