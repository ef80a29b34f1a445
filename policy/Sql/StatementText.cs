using System.Text;

namespace JitProxy.Policy.Sql;

/// <summary>Writes canonical tokens as SQL that people like to read. What it writes has the same tokens again.</summary>
internal static class StatementText
{
    // Words before a parenthesis that is not a function's.
    private static readonly HashSet<string> Spaced = new(
        ["select", "from", "where", "and", "or", "not", "in", "as", "on", "using", "values", "any", "all", "some", "exists", "over", "filter", "by",
         "when", "then", "else", "case", "join", "union", "except", "intersect", "limit", "offset", "having", "returning",
         "lateral", "with", "into", "table", "array"],
        StringComparer.Ordinal);

    /// <summary>All tokens on one line.</summary>
    public static string Join(ReadOnlySpan<byte> canonical)
    {
        var text = new StringBuilder(canonical.Length);
        var left = (Kind: TokenKind.End, Text: "");
        foreach (var token in new CanonicalReader(canonical))
        {
            var right = (token.Kind, Text: Encoding.UTF8.GetString(canonical.Slice(token.Start, token.Length)));
            if (left.Kind != TokenKind.End && NeedsSpace(left, right))
                text.Append(' ');
            text.Append(right.Text);
            left = right;
        }

        return text.ToString();
    }

    /// <summary>True if a space stands between two tokens: always, but for the places where no reader would put one and no scanner would join them.</summary>
    public static bool NeedsSpace((TokenKind Kind, string Text) left, (TokenKind Kind, string Text) right) => (left.Text, right.Text) switch
    {
        (_, "," or ")" or "]" or ";") => false,
        ("(" or "[", _) => false,
        (_, "(") => !IsName(left.Kind) || Spaced.Contains(left.Text),
        (_, "[") => !IsName(left.Kind) && left.Text is not ("]" or ")" or "array"),
        (_, ".") => !IsName(left.Kind) && left.Text is not (")" or "]"),
        (".", _) => !IsName(right.Kind) && right.Text != "*",
        (_, "::") => left.Kind is TokenKind.Operator || left.Text is ":" or ".",
        ("::", _) => !IsName(right.Kind),
        _ => true,
    };

    private static bool IsName(TokenKind kind) => kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName;
}
