using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class MySqlLexerTests
{
    [TestCase("select a", "Word:select|Word:a")]
    [TestCase("SELECT\ta\r\nFROM\f\vb", "Word:SELECT|Word:a|Word:FROM|Word:b")]
    [TestCase("_a$1 \u00e4\u00d6x a\u00a0b a$$", "Word:_a$1|Word:\u00e4\u00d6x|Word:a\u00a0b|Word:a$$")]
    [TestCase("`A``b` `x y` `a\nb` `\\`", "QuotedName:`A``b`|QuotedName:`x y`|QuotedName:`a\nb`|QuotedName:`\\`")]
    [TestCase("'it''s' '' \"a\"\"b\" \"'\" '\"'", "String:'it''s'|String:''|String:\"a\"\"b\"|String:\"'\"|String:'\"'")]
    [TestCase("'a\\'b' '\\\\' '\\\\\\'' \"\\\"\"", "String:'a\\'b'|String:'\\\\'|String:'\\\\\\''|String:\"\\\"\"")]
    [TestCase("'\\\u00e4' 'a\nb'", "String:'\\\u00e4'|String:'a\nb'")]
    [TestCase("'a' 'b'\n\"c\"/**/'d'", "String:'a'|String:'b'|String:\"c\"|String:'d'")]
    [TestCase("N'a' n'b\\'' N 'a' N\"a\"", "NationalString:N'a'|NationalString:n'b\\''|Word:N|String:'a'|Word:N|String:\"a\"")]
    [TestCase("x'4D' X'' b'01' B'' x '4D'", "HexString:x'4D'|HexString:X''|BitString:b'01'|BitString:B''|Word:x|String:'4D'")]
    [TestCase("_utf8mb4'a' _binary 'b' _latin1 x'41'", "Word:_utf8mb4|String:'a'|Word:_binary|String:'b'|Word:_latin1|HexString:x'41'")]
    [TestCase("0x1F 0xabc 0b01 0", "HexString:0x1F|HexString:0xabc|BitString:0b01|Integer:0")]
    [TestCase("1 1.5 .5 5. 1e5 1.e-5 .5E+10 1E5", "Integer:1|Decimal:1.5|Decimal:.5|Decimal:5.|Decimal:1e5|Decimal:1.e-5|Decimal:.5E+10|Decimal:1E5")]
    [TestCase("1a 2020_sales 1ea 1$ 1\u00e4", "Word:1a|Word:2020_sales|Word:1ea|Word:1$|Word:1\u00e4")]
    [TestCase("1.5.5 (.5) a .5", "Decimal:1.5|Decimal:.5|Punctuation:(|Decimal:.5|Punctuation:)|Word:a|Decimal:.5")]
    [TestCase("a.b", "Name:a|Punctuation:.|Name:b")]
    [TestCase("a . b a. b a .b", "Word:a|Punctuation:.|Word:b|Word:a|Punctuation:.|Word:b|Word:a|Punctuation:.|Name:b")]
    [TestCase("a.1 a.1e5 a.1a.2 a .1", "Name:a|Punctuation:.|Name:1|Name:a|Punctuation:.|Name:1e5|Name:a|Punctuation:.|Name:1a|Punctuation:.|Name:2|Word:a|Decimal:.1")]
    [TestCase("a.*, a.`b`, `a`.b, `a`.`b`", "Word:a|Punctuation:.|Operator:*|Punctuation:,|Word:a|Punctuation:.|QuotedName:`b`|Punctuation:,|QuotedName:`a`|Punctuation:.|Name:b|Punctuation:,|QuotedName:`a`|Punctuation:.|QuotedName:`b`")]
    [TestCase("a.x'41' a.n'b' a.$b a.0x1", "Name:a|Punctuation:.|Name:x|String:'41'|Name:a|Punctuation:.|Name:n|String:'b'|Name:a|Punctuation:.|Name:$b|Name:a|Punctuation:.|Name:0x1")]
    [TestCase("2020_a.b (a).b", "Name:2020_a|Punctuation:.|Name:b|Punctuation:(|Word:a|Punctuation:)|Punctuation:.|Name:b")]
    [TestCase("@a @a.b$_1 @'x y' @\"x\" @`x``y` @1", "UserVariable:@a|UserVariable:@a.b$_1|UserVariable:@'x y'|UserVariable:@\"x\"|UserVariable:@`x``y`|UserVariable:@1")]
    [TestCase("@a:=1 'u'@'h' u@h", "UserVariable:@a|Operator::=|Integer:1|String:'u'|UserVariable:@'h'|Word:u|UserVariable:@h")]
    [TestCase("@@a @@global.a @@session . a @@`a`", "Operator:@@|Name:a|Operator:@@|Name:global|Punctuation:.|Name:a|Operator:@@|Name:session|Punctuation:.|Word:a|Operator:@@|QuotedName:`a`")]
    [TestCase("a<>b a!=b a<=b a>=b a<=>b", "Word:a|Operator:<>|Word:b|Word:a|Operator:!=|Word:b|Word:a|Operator:<=|Word:b|Word:a|Operator:>=|Word:b|Word:a|Operator:<=>|Word:b")]
    [TestCase("a<<1>>2&&b||c&d|e^~f", "Word:a|Operator:<<|Integer:1|Operator:>>|Integer:2|Operator:&&|Word:b|Operator:|||Word:c|Operator:&|Word:d|Operator:||Word:e|Operator:^|Operator:~|Word:f")]
    [TestCase("a->'$.b'->>'$.c' a=-1 !a", "Word:a|Operator:->|String:'$.b'|Operator:->>|String:'$.c'|Word:a|Operator:=|Operator:-|Integer:1|Operator:!|Word:a")]
    [TestCase("5--1 5-- 1", "Integer:5|Operator:-|Operator:-|Integer:1|Integer:5")]
    [TestCase("a--\u0001b\nc--", "Word:a|Word:c")]
    [TestCase("a -- x\rb\nc # d\ne#", "Word:a|Word:c|Word:e")]
    [TestCase("a--\u00a0b", "Word:a|Operator:-|Operator:-|Word:\u00a0b")]
    [TestCase("/* a /* b */ c", "Word:c")]
    [TestCase("a/*/ b */c a*/**/b", "Word:a|Word:c|Word:a|Operator:*|Word:b")]
    [TestCase("a*/ b", "Word:a|Operator:*|Operator:/|Word:b")]
    [TestCase("/* ! */ /*m! */ /* M! */ a", "Word:a")]
    [TestCase("/*+ SeqScan(a) */ select", "Word:select")]
    [TestCase("/**/ /*+ a */ select /*+ b */ /* c */ /*+ d */ t.select /**/ /*+ e */", "Word:select|Name:t|Punctuation:.|Name:select")]
    [TestCase("a=? and ?=b", "Word:a|Operator:=|Parameter:?|Word:and|Parameter:?|Operator:=|Word:b")]
    [TestCase("{d '2020-01-01'}", "Punctuation:{|Word:d|String:'2020-01-01'|Punctuation:}")]
    [TestCase("l: (a,b);", "Word:l|Punctuation::|Punctuation:(|Word:a|Punctuation:,|Word:b|Punctuation:)|Punctuation:;")]
    [TestCase("", "")]
    [TestCase(" \t\n", "")]
    public void Text_is_cut_as_the_server_cuts_it(string text, string tokens)
    {
        var read = Read(text, LexicalModes.None, out var fault, out _);

        Assert.That((fault, read), Is.EqualTo((TextFault.None, tokens)));
    }

    [TestCase("'a\\' \"\\\"", LexicalModes.NoBackslashEscapes, "String:'a\\'|String:\"\\\"")]
    [TestCase("\"a\\\" @\"b\\\" 'c\\''", LexicalModes.AnsiQuotes, "QuotedName:\"a\\\"|UserVariable:@\"b\\\"|String:'c\\''")]
    [TestCase("\"a\".b \"a\"\"b\" \"'\"", LexicalModes.AnsiQuotes, "QuotedName:\"a\"|Punctuation:.|Name:b|QuotedName:\"a\"\"b\"|QuotedName:\"'\"")]
    [TestCase("a || b", LexicalModes.PipesAsConcat | LexicalModes.HighNotPrecedence, "Word:a|Operator:|||Word:b")]
    public void Modes_of_the_session_are_followed(string text, LexicalModes modes, string tokens)
    {
        var read = Read(text, modes, out var fault, out _);

        Assert.That((fault, read), Is.EqualTo((TextFault.None, tokens)));
    }

    [TestCase("count(", LexicalModes.None, true)]
    [TestCase("count (", LexicalModes.None, false)]
    [TestCase("count/**/(", LexicalModes.None, false)]
    [TestCase("count (", LexicalModes.IgnoreSpace, true)]
    [TestCase("count\n\t(", LexicalModes.IgnoreSpace, true)]
    [TestCase("count/**/(", LexicalModes.IgnoreSpace, false)]
    [TestCase("1a(", LexicalModes.None, true)]
    [TestCase("`count`(", LexicalModes.None, false)]
    [TestCase("count", LexicalModes.IgnoreSpace, false)]
    public void Parenthesis_right_behind_a_name_is_told(string text, LexicalModes modes, bool expected)
    {
        var lexer = new MySqlLexer(Encoding.UTF8.GetBytes(text), modes);

        Assert.That(lexer.TryNext(out _), Is.True);
        Assert.That(lexer.IsCall, Is.EqualTo(expected));
        lexer.TryNext(out _);
        Assert.That(lexer.IsCall, Is.False);
    }

    [TestCase("a 'b", TextFault.UnterminatedString, 2)]
    [TestCase("a \"b", TextFault.UnterminatedString, 2)]
    [TestCase("a 'b\\", TextFault.UnterminatedString, 2)]
    [TestCase("a 'b\\'", TextFault.UnterminatedString, 2)]
    [TestCase("a 'b''", TextFault.UnterminatedString, 2)]
    [TestCase("a N'b", TextFault.UnterminatedString, 2)]
    [TestCase("a @'b", TextFault.UnterminatedString, 2)]
    [TestCase("a x'4D", TextFault.UnterminatedString, 2)]
    [TestCase("a `b", TextFault.UnterminatedName, 2)]
    [TestCase("a `b``", TextFault.UnterminatedName, 2)]
    [TestCase("a @`b", TextFault.UnterminatedName, 2)]
    [TestCase("a ``", TextFault.EmptyName, 2)]
    [TestCase("a @``", TextFault.EmptyName, 2)]
    [TestCase("a /* *", TextFault.UnterminatedComment, 2)]
    [TestCase("a /*/", TextFault.UnterminatedComment, 2)]
    [TestCase("a /*", TextFault.UnterminatedComment, 2)]
    [TestCase("a /*! b */", TextFault.ExecutableComment, 2)]
    [TestCase("a /*!50000 b */", TextFault.ExecutableComment, 2)]
    [TestCase("a /*M!100100 b */", TextFault.ExecutableComment, 2)]
    [TestCase("a /*!", TextFault.ExecutableComment, 2)]
    [TestCase("a /*+ x(` */ ` */", TextFault.BadHint, 2)]
    [TestCase("select /**/ /*+ x */", TextFault.BadHint, 12)]
    [TestCase("Update # x\n/*+ x */", TextFault.BadHint, 11)]
    [TestCase("a x'4'", TextFault.BadNumber, 2)]
    [TestCase("a x'4G'", TextFault.BadNumber, 2)]
    [TestCase("a b'2'", TextFault.BadNumber, 2)]
    [TestCase("a 0x", TextFault.BadNumber, 2)]
    [TestCase("a 0x1g", TextFault.BadNumber, 2)]
    [TestCase("a 0X1F", TextFault.BadNumber, 2)]
    [TestCase("a 0b12", TextFault.BadNumber, 2)]
    [TestCase("a 1e", TextFault.BadNumber, 2)]
    [TestCase("a 1e+", TextFault.BadNumber, 2)]
    [TestCase("a 1e+a", TextFault.BadNumber, 2)]
    [TestCase("a 1e5x", TextFault.BadNumber, 2)]
    [TestCase("a 1.5x", TextFault.BadNumber, 2)]
    [TestCase("a 1.x", TextFault.BadNumber, 2)]
    [TestCase("a 1.e", TextFault.BadNumber, 2)]
    [TestCase("a 1.5e+", TextFault.BadNumber, 2)]
    [TestCase("a .5x", TextFault.BadNumber, 2)]
    [TestCase("a 1..2", TextFault.BadNumber, 2)]
    [TestCase("a .. b", TextFault.BadCharacter, 2)]
    [TestCase("a ?b", TextFault.BadParameter, 2)]
    [TestCase("a ?1", TextFault.BadParameter, 2)]
    [TestCase("a =! b", TextFault.BadOperator, 2)]
    [TestCase("a == b", TextFault.BadOperator, 2)]
    [TestCase("a => b", TextFault.BadOperator, 2)]
    [TestCase("a !! b", TextFault.BadOperator, 2)]
    [TestCase("a <! b", TextFault.BadOperator, 2)]
    [TestCase("a <=! b", TextFault.BadOperator, 2)]
    [TestCase("a <<= b", TextFault.BadOperator, 2)]
    [TestCase("a >< b", TextFault.BadOperator, 2)]
    [TestCase("a @ b", TextFault.BadCharacter, 2)]
    [TestCase("a @", TextFault.BadCharacter, 2)]
    [TestCase("a @b\u00e4", TextFault.BadCharacter, 2)]
    [TestCase("a @@ b", TextFault.BadCharacter, 2)]
    [TestCase("a @@", TextFault.BadCharacter, 2)]
    [TestCase("a @@@b", TextFault.BadCharacter, 2)]
    [TestCase("a @@b\u00e4", TextFault.BadCharacter, 4)]
    [TestCase("a $b", TextFault.BadCharacter, 2)]
    [TestCase("a $$ b $$", TextFault.BadCharacter, 2)]
    [TestCase("a [", TextFault.BadCharacter, 2)]
    [TestCase("a \\N", TextFault.BadCharacter, 2)]
    [TestCase("a \ud83d\ude00", TextFault.BadCharacter, 2)]
    [TestCase("ab\ud83d\ude00", TextFault.BadCharacter, 2)]
    [TestCase("a \u007f", TextFault.BadCharacter, 2)]
    [TestCase("a \u001b", TextFault.BadCharacter, 2)]
    [TestCase("a 'b\0'", TextFault.Nul, 4)]
    [TestCase("a;\0", TextFault.Nul, 2)]
    public void Unreadable_text_says_why_and_where(string text, TextFault expected, int expectedOffset)
    {
        Read(text, LexicalModes.None, out var fault, out var offset);

        Assert.That((fault, offset), Is.EqualTo((expected, expectedOffset)));
    }

    [Test]
    public void Invalid_utf8_is_a_fault()
    {
        var lexer = new MySqlLexer([0x27, 0xC0, 0x80, 0x27], LexicalModes.None);

        Assert.That(lexer.TryNext(out _), Is.False);
        Assert.That((lexer.Fault, lexer.FaultOffset), Is.EqualTo((TextFault.InvalidUtf8, 1)));
    }

    [Test]
    public void Hints_are_tokens_when_asked_for()
    {
        var lexer = new MySqlLexer("select /*+ a(`x`) */ 1 /* b */ /*+c*/"u8, LexicalModes.None, givesHints: true);
        var kinds = new List<TokenKind>();
        while (lexer.TryNext(out var token))
            kinds.Add(token.Kind);

        Assert.That(kinds, Is.EqualTo(new[] { TokenKind.Word, TokenKind.Hint, TokenKind.Integer, TokenKind.Hint }));
    }

    private static string Read(string text, LexicalModes modes, out TextFault fault, out int offset)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var lexer = new MySqlLexer(bytes, modes);
        var tokens = new List<string>();
        while (lexer.TryNext(out var token))
            tokens.Add($"{token.Kind}:{Encoding.UTF8.GetString(bytes, token.Start, token.Length)}");

        (fault, offset) = (lexer.Fault, lexer.FaultOffset);
        return string.Join('|', tokens);
    }
}
