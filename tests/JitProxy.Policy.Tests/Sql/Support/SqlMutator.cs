using System.Text;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>Makes texts from texts, the same ones for the same seed.</summary>
internal sealed class SqlMutator(int seed)
{
    private static readonly string[] Pieces =
        ["'", "\"", "$", "$$", "$a$", "\\", "/*", "*/", "--", "/*+", "\n", "\r", "\t", " ", "\f", "\v", "-", "+", "*", "/", "@", "~", "!", "=", "<", ">", "?", "|", "&", "%", "^", "#", "`",
         "E'", "e", "x'", "B'", "n'", "U&'", "u&\"", "uescape '!'", "_", "0", "1", ".", "..", "1e", "0x", ";", ":", "::", ":=", "=>", "(", ")", "[", "]", ",", "\u00e4", "\u00c4", "\u00a0", "{",
         "\\x41", "\\xc3", "\\u0041", "\\uD83D", "\\", "$1", "''", "'\n'", "' -- c\n'", "/**/", "a", "B", "select"];

    private static readonly string[] Gaps = [" ", "\n", "\r\n", "\t", "\f", " /* c */ ", " -- c\n", " --\r", " /* a /* b */ */ ", "  ", " /**/", " /* ' */ ", " /* $$ \" */"];

    private readonly Random _random = new(seed);

    /// <summary>The same tokens with other blanks, comments and case of words. Places without a blank may get one, the others keep one.</summary>
    public string Relayout(string statement)
    {
        var bytes = Encoding.UTF8.GetBytes(statement);
        var lexer = new PostgresLexer(bytes, givesHints: true);
        var text = new StringBuilder();
        var last = default(Token);
        while (lexer.TryNext(out var token))
        {
            var mayJoin = IsString(last.Kind) && token.Kind == TokenKind.String;
            if (last.Kind == TokenKind.End || token.Start > last.End || _random.Next(4) == 0)
            {
                // A blank begins every gap, as "-" and "--" would make another token; a newline between two strings would join them.
                var gap = mayJoin ? " /**/ " : last.Kind == TokenKind.Operator ? " " + Gap() : Gap();
                text.Append(last.Kind == TokenKind.End && _random.Next(2) == 0 ? "" : gap);
            }

            var written = Encoding.UTF8.GetString(bytes, token.Start, token.Length);
            text.Append(token.Kind == TokenKind.Word ? Recase(written) : written);
            last = token;
        }

        return text.Append(_random.Next(3) switch { 0 => "", 1 => Gap(), _ => " ;" + Gap() }).ToString();
    }

    /// <summary>The text with one to three pieces put in, taken out, or exchanged.</summary>
    public string Damage(string statement)
    {
        var text = new StringBuilder(statement);
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            var at = _random.Next(text.Length + 1);
            var length = Math.Min(_random.Next(3), text.Length - at);
            switch (_random.Next(4))
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
                default:
                    var from = _random.Next(text.Length + 1);
                    text.Insert(at, text.ToString(from, Math.Min(_random.Next(12), text.Length - from)));
                    break;
            }
        }

        return text.ToString();
    }

    private static bool IsString(TokenKind kind) => kind is >= TokenKind.String and <= TokenKind.NationalString;

    private string Gap()
    {
        var gap = "";
        for (var count = _random.Next(1, 3); count > 0; count--)
            gap += Gaps[_random.Next(Gaps.Length)];
        return gap;
    }

    private string Recase(string word) =>
        string.Create(word.Length, word, (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = !char.IsAsciiLetter(source[i]) || _random.Next(2) == 0 ? source[i] : (char)(source[i] ^ 0x20);
        });
}
