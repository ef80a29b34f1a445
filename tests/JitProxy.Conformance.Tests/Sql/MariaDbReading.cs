using System.Globalization;
using System.Text;
using JitProxy.Policy.Sql;
using MySqlConnector;

namespace JitProxy.Conformance.Tests.Sql;

/// <summary>How a real MariaDB reads a text: its verdict, and the statement as it prints it again from its parse tree.</summary>
internal sealed class MariaDbReading(MySqlConnection connection)
{
    // What these give is another thing each time, or takes time, or leaves something behind.
    private static readonly string[] Unsteady =
        ["rand", "uuid", "sysdate", "sleep", "benchmark", "lock", "outfile", "dumpfile", "last_insert", "row_count", "found_rows", "seq", "processlist"];

    /// <summary>The error number of PREPARE; 0 if the server takes the text.</summary>
    public int Verdict(string text)
    {
        Execute($"set @q = convert(x'{Convert.ToHexString(Encoding.UTF8.GetBytes(text))}' using utf8mb4)");
        return TryExecute("prepare s from @q");
    }

    /// <summary>Everything that can be had about the text, for comparing: two texts that say the same have the same.</summary>
    public string Read(string text, LexicalModes modes)
    {
        var verdict = Verdict(text);
        var reading = new StringBuilder().Append(verdict).Append('\n');
        if (verdict != 0 || !IsQuery(text, modes))
            return reading.ToString();

        // System variables are printed with the comments that stood in front of them.
        if (text.Contains("@@", StringComparison.Ordinal))
            return reading.Append(Result()).ToString();

        // A view is printed before the optimizer, but holds no variables; EXPLAIN prints behind it. Neither has parameters.
        if (TryExecute("prepare v from concat('create or replace view oracle as ', @q)") == 0 && TryExecute("execute v") == 0)
            reading.Append(Printed("show create view oracle", 1, modes)).Append('\n');
        else if (TryExecute("prepare e from concat('explain extended ', @q)") == 0 && TryExecute("execute e") == 0)
            reading.Append(Printed("show warnings", 2, modes)).Append('\n');
        if (!Unsteady.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase)))
            reading.Append(Result());
        return reading.ToString();
    }

    /// <summary>Runs a statement that must work.</summary>
    public void Execute(string statement)
    {
        using var command = new MySqlCommand(statement, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement; its error number, or 0.</summary>
    public int TryExecute(string statement)
    {
        try
        {
            Execute(statement);
            return 0;
        }
        catch (MySqlException refused)
        {
            return refused.Number;
        }
    }

    private static bool IsQuery(string text, LexicalModes modes)
    {
        var lexer = new MySqlLexer(Encoding.UTF8.GetBytes(text), modes);
        while (lexer.TryNext(out var token))
        {
            if (token.Kind == TokenKind.Word)
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text), token.Start, token.Length).ToLowerInvariant() is "select" or "with" or "values";
        }

        return false;
    }

    /// <summary>
    /// A printed statement without what the server makes up from the bytes of the text, or repeats of it: aliases of columns, references to columns named
    /// by an expression or by a keyword, comments.
    /// </summary>
    private string Printed(string statement, int column, LexicalModes modes)
    {
        var printed = Encoding.UTF8.GetBytes(Rows(statement, column));
        var lexer = new MySqlLexer(printed, modes);
        var text = new StringBuilder();
        var isAlias = false;
        while (lexer.TryNext(out var token))
        {
            var written = Encoding.UTF8.GetString(printed, token.Start, token.Length);
            if (token.Kind == TokenKind.QuotedName)
                written = isAlias || !written[1..^1].All(static c => char.IsLetterOrDigit(c) || c is '_' or '$') ? "?" : NormalCase(written[1..^1]);
            isAlias = token.Kind == TokenKind.Word && written is "AS" or "as";
            text.Append(written).Append(' ');
        }

        return text.Append(lexer.Fault).ToString();
    }

    private static string NormalCase(string name) => MySqlKeywords.IsReserved(Encoding.UTF8.GetBytes(name)) ? name.ToLowerInvariant() : name;

    // Rows that an ORDER BY holds to be equal come in any order.
    private string Result() => string.Join('\n', Rows("execute s").Split('\n').Order(StringComparer.Ordinal));

    private string Rows(string statement, int? column = null)
    {
        var text = new StringBuilder();
        try
        {
            using var command = new MySqlCommand(statement, connection);
            using var reader = command.ExecuteReader();
            for (var count = 0; reader.Read() && count < 20; count++)
            {
                for (var i = column ?? 0; i <= (column ?? reader.FieldCount - 1); i++)
                    text.Append(Cell(reader, i)).Append('|');
                text.Append('\n');
            }
        }
        catch (MySqlException refused)
        {
            text.Append(refused.Number);
        }

        return text.ToString();
    }

    private static string? Cell(MySqlDataReader reader, int column)
    {
        if (reader.IsDBNull(column))
            return null;

        // Longer than .NET's.
        if (reader.GetFieldType(column) == typeof(decimal))
            return reader.GetMySqlDecimal(column).ToString();
        return reader.GetValue(column) is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture);
    }
}
