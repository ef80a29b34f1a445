using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>What the servers call a column that has no label.</summary>
internal static class MySqlHeading
{
    // The servers cut longer ones, each at a place of its own.
    private const int LengthMax = 60;

    /// <summary>The name; null where only the server knows.</summary>
    /// <param name="value">The column's value.</param>
    /// <param name="cursor">Behind the value.</param>
    /// <param name="start">Where the value begins.</param>
    /// <param name="isMariaDb">True for MariaDB, which writes TRUE in capital letters.</param>
    public static string? Of(Expression value, TokenCursor cursor, int start, bool isMariaDb)
    {
        switch (value)
        {
            case ColumnReference { IsStar: false } column:
                return column.Parts[^1];
            case ColumnReference:
            case var _ when !cursor.IsBlankBefore(start): // a comment in front of the text may become part of it
                return null;
            case Operation { Operators: [{ Name: "+" }], Operands: [ColumnReference or Literal] } plus:
                return Of(plus.Operands[0], cursor, start, isMariaDb); // the servers drop the sign
            case Operation { Operators: [{ Name: "+" }], Operands: [_] } or Call { Name.Name: "name_const" }:
                return null;
            case Literal { Kind: LiteralKind.Null }:
                return "NULL";
            case Literal { Kind: LiteralKind.String }:
                // Of several pieces the server takes the first, and of a date all that is written.
                return cursor.Position == start + 1 ? Plain(((Literal)value).Text) : null;
            case Literal { Kind: LiteralKind.Boolean } literal:
                return isMariaDb ? literal.Text.ToUpperInvariant() : literal.Text;
            case Literal { Kind: LiteralKind.Number } literal:
                return literal.Text;
            default:
                return Plain(cursor.Written(start, LengthMax));
        }
    }

    /// <summary>A label as the column bears it: the servers drop from its beginning what is not visible.</summary>
    public static string? OfLabel(string? label)
    {
        if (label is null)
            return null;
        var start = 0;
        while (start < label.Length && (label[start] <= ' ' || label[start] == '\u007F'))
            start++;
        return label[start..];
    }

    private static string? Plain(string? text) => text is { Length: <= LengthMax } && !text.Any(char.IsControl) ? OfLabel(text) : null;
}
