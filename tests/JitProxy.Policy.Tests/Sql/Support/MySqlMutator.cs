using System.Text;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>Makes texts of MySQL and MariaDB from texts, the same ones for the same seed.</summary>
internal sealed class MySqlMutator(int seed)
{
    private static readonly string[] Pieces =
        ["'", "\"", "`", "$", "\\", "\\'", "/*", "*/", "/*+", "/*!", "--", "-- ", "#", "\n", "\r", "\t", " ", "\f", "\v", "-", "+", "*", "/", "@", "@@", "~", "!", "=", "<", ">", "?", "|", "||",
         "&", "&&", "%", "^", "N'", "x'", "B'", "0x", "0b1", "_utf8mb4", "_", "0", "1", ".", "..", "1e", "1e5", ";", ":", ":=", "->", "->>", "<=>", "<<", "(", ")", " (", "{", "}", ",", "\u00e4",
         "\u00c4", "\u00a0", "\U0001F600", "''", "'\n'", "/**/", "a", "B", "select", "SELECT", "Order", "count", "not", "in", "."];

    private static readonly string[] Blanks = [" ", "\n", "\r\n", "\t", "\f", "\v", "  "];
    private static readonly string[] Gaps = [" /* c */ ", " -- c\n", " --\t\r\n", " # c ' \n", "/* a /* b */", " /**/", " /* ' */ ", " /* ` \" */", "/*/ */", "/* ! */", "#\n"];

    private readonly Random _random = new(seed);

    /// <summary>The same tokens with other blanks, comments and case of reserved words. Places without a blank may get one where that changes nothing.</summary>
    public string Relayout(string statement)
    {
        var bytes = Encoding.UTF8.GetBytes(statement);
        var lexer = new MySqlLexer(bytes, LexicalModes.None, givesHints: true);
        var text = new StringBuilder();
        var last = default(Token);
        var lastText = "";
        while (lexer.TryNext(out var token))
        {
            var written = Encoding.UTF8.GetString(bytes, token.Start, token.Length);
            var isTight = written == "." || lastText is "." or "@@" || (written == "(" && last.Kind is TokenKind.Word or TokenKind.Name);
            if (last.Kind == TokenKind.End ? _random.Next(2) == 0 : token.Start > last.End || (!isTight && _random.Next(4) == 0))
                text.Append(token.Kind == TokenKind.Hint ? Blanks[_random.Next(Blanks.Length)] : Gap());

            else if (lastText == "-" && written == "-")
                text.Append(' ');

            text.Append(token.Kind == TokenKind.Word && (MySqlKeywords.IsReserved(bytes.AsSpan(token.Start, token.Length)) || IsFunction(lexer, bytes, token)) ? Recase(written) : written);
            (last, lastText) = (token, written);
        }

        return text.Append(_random.Next(3) switch { 0 => "", 1 => Gap(), _ => " ;" + Blanks[_random.Next(Blanks.Length)] }).ToString();
    }

    /// <summary>The text with one to three pieces put in, taken out, or exchanged.</summary>
    public string Damage(string statement)
    {
        var text = new StringBuilder(statement);
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            // Not between the halves of a pair of surrogates.
            var at = Whole(text, _random.Next(text.Length + 1));
            var length = Whole(text, at + Math.Min(_random.Next(3), text.Length - at)) - at;
            switch (_random.Next(5))
            {
                case 0:
                    text.Insert(at, Pieces[_random.Next(Pieces.Length)]);
                    break;
                case 1:
                    text.Remove(at, length);
                    break;
                case 2:
                    text.Remove(at, length).Insert(at, Pieces[_random.Next(Pieces.Length)]);
                    break;
                case 3:
                    text.Insert(at, Gap());
                    break;
                default:
                    var from = Whole(text, _random.Next(text.Length + 1));
                    text.Insert(at, text.ToString(from, Whole(text, from + Math.Min(_random.Next(12), text.Length - from)) - from));
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>The text with the case of some letters changed, wherever they stand.</summary>
    public string Recase(string text) =>
        string.Create(text.Length, text, (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = !char.IsAsciiLetter(source[i]) || _random.Next(2) == 0 ? source[i] : (char)(source[i] ^ 0x20);
        });

    private static bool IsFunction(MySqlLexer lexer, byte[] bytes, Token token) => lexer.IsCall && MySqlKeywords.IsFunction(bytes.AsSpan(token.Start, token.Length));

    private static int Whole(StringBuilder text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;

    private string Gap()
    {
        // Something blank first: a minus sign in front of a comment of minus signs would belong to it.
        var gap = Blanks[_random.Next(Blanks.Length)];
        for (var count = _random.Next(3); count > 0; count--)
            gap += _random.Next(2) == 0 ? Blanks[_random.Next(Blanks.Length)] : Gaps[_random.Next(Gaps.Length)];
        return gap;
    }
}
