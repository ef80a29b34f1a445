namespace JitProxy.Policy.Sql;

/// <summary>What stands between two canonical tokens of MySQL or MariaDB when they are written as SQL that has the same tokens again.</summary>
internal static class MySqlSpacing
{
    /// <summary>A space, but for the places where no reader would put one or where it would change the tokens.</summary>
    /// <param name="left">The token before.</param>
    /// <param name="right">The token behind.</param>
    /// <param name="next">The kind of the token behind that, because a word with a point and a name right behind it is no keyword.</param>
    /// <param name="modes">The session's modes.</param>
    public static string Separator((TokenKind Kind, string Text) left, (TokenKind Kind, string Text) right, TokenKind next, LexicalModes modes)
    {
        if (right.Kind == TokenKind.CallOpening)
            return "";
        if (right is { Kind: TokenKind.Punctuation, Text: "(" } && left.Kind is TokenKind.Word or TokenKind.Name)
            return BeforeParenthesis(left.Text, modes);

        var isTight = (left.Text, right.Text) switch
        {
            ("(", _) => true,
            (_, "," or ")" or ";") => true,
            (_, "(") => left.Kind == TokenKind.QuotedName,
            (_, ".") => left.Kind is TokenKind.Name or TokenKind.QuotedName || left.Text == ")" || (left.Kind == TokenKind.Word && next != TokenKind.Name),
            (".", _) => right.Kind is TokenKind.Name or TokenKind.QuotedName || right.Text == "*",
            ("@@", _) => true,
            _ => false,
        };
        return isTight ? "" : " ";
    }

    /// <summary>A word with a parenthesis that it does not call: only a comment keeps them apart where the session ignores blanks.</summary>
    private static string BeforeParenthesis(string word, LexicalModes modes)
    {
        var ignoresBlanks = (modes & LexicalModes.IgnoreSpace) != 0;
        return ignoresBlanks && !MySqlKeywords.IsReserved(System.Text.Encoding.UTF8.GetBytes(word)) ? " /**/" : " ";
    }
}
