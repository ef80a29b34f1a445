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
    public static string Join(NormalForm form)
    {
        var tokens = new List<(TokenKind Kind, string Text)>(form.TokenCount);
        foreach (var token in new CanonicalReader(form.Canonical))
            tokens.Add((token.Kind, Encoding.UTF8.GetString(form.Canonical.Slice(token.Start, token.Length))));

        var text = new StringBuilder(form.Canonical.Length);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0)
                text.Append(Separator(form, tokens, i));
            text.Append(tokens[i].Text);
        }

        return text.ToString();
    }

    /// <summary>What stands before the token at <paramref name="index"/>, which is not the first.</summary>
    public static string Separator(NormalForm form, List<(TokenKind Kind, string Text)> tokens, int index)
    {
        if (form.Dialect != SqlDialect.PostgreSql)
            return MySqlSpacing.Separator(tokens[index - 1], tokens[index], index + 1 < tokens.Count ? tokens[index + 1].Kind : TokenKind.End, form.Modes);
        return NeedsSpace(tokens[index - 1], tokens[index]) ? " " : "";
    }

    // Always, but for the places where no reader would put a space and no scanner would join the tokens.
    private static bool NeedsSpace((TokenKind Kind, string Text) left, (TokenKind Kind, string Text) right) => (left.Text, right.Text) switch
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
