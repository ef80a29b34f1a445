using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class PostgresLexerTests
{
    [TestCase("select a", "Word:select|Word:a")]
    [TestCase("SELECT\ta\r\nFROM\fb", "Word:SELECT|Word:a|Word:FROM|Word:b")]
    [TestCase("_a$1 \u00e4\u00d6x a\u00a0b", "Word:_a$1|Word:\u00e4\u00d6x|Word:a\u00a0b")]
    [TestCase("\"A\"\"b\" \"x y\"", "QuotedName:\"A\"\"b\"|QuotedName:\"x y\"")]
    [TestCase("\"a\nb\"", "QuotedName:\"a\nb\"")]
    [TestCase("\"\"\"\"", "QuotedName:\"\"\"\"")]
    [TestCase("U&\"d\\0061\" u&'\\0061' U & 'x'", "UnicodeName:U&\"d\\0061\"|UnicodeString:u&'\\0061'|Word:U|Operator:&|String:'x'")]
    [TestCase("u&x", "Word:u|Operator:&|Word:x")]
    [TestCase("U&'!0061' UESCAPE '!'", "UnicodeString:U&'!0061'|Word:UESCAPE|String:'!'")]
    [TestCase("'it''s' ''", "String:'it''s'|String:''")]
    [TestCase("'a\\'b'", null)]
    [TestCase("'a\\' b", "String:'a\\'|Word:b")]
    [TestCase("E'a\\'b' e'\\\\'", "EscapeString:E'a\\'b'|EscapeString:e'\\\\'")]
    [TestCase("B'01' b'' X'1F' N'n' xB'1'", "BitString:B'01'|BitString:b''|HexString:X'1F'|NationalString:N'n'|Word:xB|String:'1'")]
    [TestCase("B'1''0'", "BitString:B'1'|String:'0'")]
    [TestCase("n\"a\" e\"a\"", "Word:n|QuotedName:\"a\"|Word:e|QuotedName:\"a\"")]
    [TestCase("$$a$$ $x$ $$ $y$ $x$ $_1$a$_1$", "DollarString:$$a$$|DollarString:$x$ $$ $y$ $x$|DollarString:$_1$a$_1$")]
    [TestCase("$a$ $A$ $aa$ b$a$", "DollarString:$a$ $A$ $aa$ b$a$")]
    [TestCase("$\u00e4$'$\u00e4$", "DollarString:$\u00e4$'$\u00e4$")]
    [TestCase("x$a$ $1$2", "Word:x$a$|Parameter:$1|Parameter:$2")]
    [TestCase("$1::int $65535", "Parameter:$1|Operator:::|Word:int|Parameter:$65535")]
    [TestCase("1 1.5 .5 5. 1e5 1.e-5 .5E+10", "Integer:1|Decimal:1.5|Decimal:.5|Decimal:5.|Decimal:1e5|Decimal:1.e-5|Decimal:.5E+10")]
    [TestCase("1..10", "Integer:1|Operator:..|Integer:10")]
    [TestCase("1...5 1.5.5", "Integer:1|Operator:..|Decimal:.5|Decimal:1.5|Decimal:.5")]
    [TestCase("1$2 1'a' 1\"a\"", "Integer:1|Parameter:$2|Integer:1|String:'a'|Integer:1|QuotedName:\"a\"")]
    [TestCase("a.b.* a . 1", "Word:a|Punctuation:.|Word:b|Punctuation:.|Operator:*|Word:a|Punctuation:.|Integer:1")]
    [TestCase("a:=1 b=>2 c::d ::: : :", "Word:a|Operator::=|Integer:1|Word:b|Operator:=>|Integer:2|Word:c|Operator:::|Word:d|Operator:::|Punctuation::|Punctuation::|Punctuation::")]
    [TestCase("a<>b a!=b a<=b a>=b", "Word:a|Operator:<>|Word:b|Word:a|Operator:!=|Word:b|Word:a|Operator:<=|Word:b|Word:a|Operator:>=|Word:b")]
    [TestCase("a=-1", "Word:a|Operator:=|Operator:-|Integer:1")]
    [TestCase("a@-1", "Word:a|Operator:@-|Integer:1")]
    [TestCase("=>-1 <+- *+", "Operator:=>|Operator:-|Integer:1|Operator:<|Operator:+|Operator:-|Operator:*|Operator:+")]
    [TestCase("a- -1", "Word:a|Operator:-|Operator:-|Integer:1")]
    [TestCase("a--1\nb", "Word:a|Word:b")]
    [TestCase("a+--1\nb", "Word:a|Operator:+|Word:b")]
    [TestCase("a*/*c*/b", "Word:a|Operator:*|Word:b")]
    [TestCase("a//*c*/b", "Word:a|Operator:/|Word:b")]
    [TestCase("a <-/*c*/b", "Word:a|Operator:<|Operator:-|Word:b")]
    [TestCase("?| ?& ~~* #>> ->> @@@", "Operator:?||Operator:?&|Operator:~~*|Operator:#>>|Operator:->>|Operator:@@@")]
    [TestCase("/* a /* b */ c */x/**/y", "Word:x|Word:y")]
    [TestCase("/*/* */*/ x /***/ y /* ** / * */ z", "Word:x|Word:y|Word:z")]
    [TestCase("a -- x\rb -- y\nc -- z", "Word:a|Word:b|Word:c")]
    [TestCase("/*+ SeqScan(a) */ select", "Word:select")]
    [TestCase("(a,b)[1];", "Punctuation:(|Word:a|Punctuation:,|Word:b|Punctuation:)|Punctuation:[|Integer:1|Punctuation:]|Punctuation:;")]
    [TestCase("", "")]
    [TestCase(" \t\n", "")]
    public void Text_is_cut_as_the_server_cuts_it(string text, string? tokens)
    {
        var read = Read(text, out var fault, out _);

        Assert.That(fault, Is.EqualTo(tokens is null ? TextFault.UnterminatedString : TextFault.None));
        if (tokens is not null)
            Assert.That(read, Is.EqualTo(tokens));
    }

    [TestCase("'a'\n'b'", "String:'a'\n'b'")]
    [TestCase("'a'\r'b'", "String:'a'\r'b'")]
    [TestCase("'a' \t\n \n 'b' \n'c'", "String:'a' \t\n \n 'b' \n'c'")]
    [TestCase("'a' -- c\n'b'", "String:'a' -- c\n'b'")]
    [TestCase("'a'\n--c\n -- d\n'b'", "String:'a'\n--c\n -- d\n'b'")]
    [TestCase("'a' 'b'", "String:'a'|String:'b'")]
    [TestCase("'a' /* \n */ 'b'", "String:'a'|String:'b'")]
    [TestCase("'a'\n/**/'b'", "String:'a'|String:'b'")]
    [TestCase("'a'\n-'b'", "String:'a'|Operator:-|String:'b'")]
    [TestCase("'a'\nE'b'", "String:'a'|EscapeString:E'b'")]
    [TestCase("E'a'\n'\\''", "EscapeString:E'a'\n'\\''")]
    [TestCase("X'a'\n'b' B'1'\n'0' U&'a'\n'b'", "HexString:X'a'\n'b'|BitString:B'1'\n'0'|UnicodeString:U&'a'\n'b'")]
    [TestCase("$$a$$\n'b'", "DollarString:$$a$$|String:'b'")]
    [TestCase("\"a\"\n\"b\"", "QuotedName:\"a\"|QuotedName:\"b\"")]
    public void Strings_are_joined_only_across_a_newline_and_line_comments(string text, string tokens) =>
        Assert.That(Read(text, out _, out _), Is.EqualTo(tokens));

    [TestCase("E'\\n\\x41\\101\\u00e9\\U0001F600\\uD83D\\uDE00\\q\\x'")]
    [TestCase("E'\\xc3\\xa9'")]
    [TestCase("E'\\303\\251 \\xe2\\x82\\254'")]
    [TestCase("E'\\xc3'\n'\\xa9'")]
    [TestCase("E'\\\u20ac'")]
    [TestCase("E'\\\n'")]
    [TestCase("E'\\501'", TestName = "Octal_escape_above_377_is_cut_to_eight_bits")]
    public void Escapes_that_make_text_are_read(string text)
    {
        Read(text, out var fault, out _);

        Assert.That(fault, Is.EqualTo(TextFault.None));
    }

    [TestCase("E'\\000'")]
    [TestCase("E'\\0'")]
    [TestCase("E'\\x0'")]
    [TestCase("E'\\x00'")]
    [TestCase("E'\\400'")]
    [TestCase("E'\\u0000'")]
    [TestCase("E'\\u12'")]
    [TestCase("E'\\u 123'")]
    [TestCase("E'\\U00110000'")]
    [TestCase("E'\\UFFFFFFFF'")]
    [TestCase("E'\\uD83D'")]
    [TestCase("E'\\uDE00'")]
    [TestCase("E'\\uD83Dx'")]
    [TestCase("E'\\uD83D\\u0041'")]
    [TestCase("E'\\uD83D'\n'\\uDE00'")]
    [TestCase("E'\\xc3'")]
    [TestCase("E'\\xc3x'")]
    [TestCase("E'\\xc3'''")]
    [TestCase("E'\\xc3\\n'")]
    [TestCase("E'\\xc3\\u00e9'")]
    [TestCase("E'\\xc3\u00e9'")]
    [TestCase("E'\\xc0\\x80'")]
    [TestCase("E'\\xed\\xa0\\x80'")]
    [TestCase("E'\\xf4\\x90\\x80\\x80'")]
    [TestCase("E'\\xff'")]
    [TestCase("E'\\xa9'")]
    public void Escapes_that_the_server_refuses_are_a_fault(string text)
    {
        Read(" " + text, out var fault, out var offset);

        Assert.That((fault, offset), Is.EqualTo((TextFault.BadEscape, 1)));
    }

    [TestCase("a 'b", TextFault.UnterminatedString, 2)]
    [TestCase("a E'b\\", TextFault.UnterminatedString, 2)]
    [TestCase("a E'b\\'", TextFault.UnterminatedString, 2)]
    [TestCase("a $x$ $X$", TextFault.UnterminatedString, 2)]
    [TestCase("a $$ $", TextFault.UnterminatedString, 2)]
    [TestCase("a 'b'\n'c", TextFault.UnterminatedString, 2)]
    [TestCase("a \"b", TextFault.UnterminatedName, 2)]
    [TestCase("a U&\"b\"\"", TextFault.UnterminatedName, 2)]
    [TestCase("a \"\"", TextFault.EmptyName, 2)]
    [TestCase("a U&\"\"", TextFault.EmptyName, 2)]
    [TestCase("a /* /* */", TextFault.UnterminatedComment, 2)]
    [TestCase("a /*/", TextFault.UnterminatedComment, 2)]
    [TestCase("a 1_000", TextFault.BadNumber, 2)]
    [TestCase("a 0x1F", TextFault.BadNumber, 2)]
    [TestCase("a 0b1", TextFault.BadNumber, 2)]
    [TestCase("a 123abc", TextFault.BadNumber, 2)]
    [TestCase("a 1.5x", TextFault.BadNumber, 2)]
    [TestCase("a 1e", TextFault.BadNumber, 2)]
    [TestCase("a 1e+", TextFault.BadNumber, 2)]
    [TestCase("a 1e5x", TextFault.BadNumber, 2)]
    [TestCase("a 1.e", TextFault.BadNumber, 2)]
    [TestCase("a 1\u00e4", TextFault.BadNumber, 2)]
    [TestCase("a $1x", TextFault.BadParameter, 2)]
    [TestCase("a $1_0", TextFault.BadParameter, 2)]
    [TestCase("a $0", TextFault.BadParameter, 2)]
    [TestCase("a $65536", TextFault.BadParameter, 2)]
    [TestCase("a $99999999999999999999", TextFault.BadParameter, 2)]
    [TestCase("a $ b", TextFault.BadCharacter, 2)]
    [TestCase("a $b", TextFault.BadCharacter, 2)]
    [TestCase("a {", TextFault.BadCharacter, 2)]
    [TestCase("a \\", TextFault.BadCharacter, 2)]
    [TestCase("a \v", TextFault.BadCharacter, 2)]
    [TestCase("a \u007f", TextFault.BadCharacter, 2)]
    [TestCase("a \u001b", TextFault.BadCharacter, 2)]
    [TestCase("a 'b\0'", TextFault.Nul, 4)]
    [TestCase("a \0", TextFault.Nul, 2)]
    public void Unreadable_text_says_why_and_where(string text, TextFault expected, int expectedOffset)
    {
        Read(text, out var fault, out var offset);

        Assert.That((fault, offset), Is.EqualTo((expected, expectedOffset)));
    }

    [TestCase(new byte[] { 0x27, 0xC0, 0x80, 0x27 }, 1, TestName = "Overlong_form_is_invalid")]
    [TestCase(new byte[] { 0x61, 0xED, 0xA0, 0x80 }, 1, TestName = "Surrogate_is_invalid")]
    [TestCase(new byte[] { 0x61, 0xC3 }, 1, TestName = "Cut_character_is_invalid")]
    [TestCase(new byte[] { 0x61, 0x62, 0xFF }, 2, TestName = "Byte_FF_is_invalid")]
    [TestCase(new byte[] { 0x2D, 0x2D, 0xF4, 0x90, 0x80, 0x80 }, 2, TestName = "Beyond_Unicode_is_invalid_in_comments_too")]
    public void Invalid_utf8_is_a_fault(byte[] text, int expectedOffset)
    {
        var lexer = new PostgresLexer(text);

        Assert.That(lexer.TryNext(out _), Is.False);
        Assert.That((lexer.Fault, lexer.FaultOffset), Is.EqualTo((TextFault.InvalidUtf8, expectedOffset)));
    }

    [Test]
    public void Hints_are_tokens_when_asked_for()
    {
        var lexer = new PostgresLexer("/*+ a */ select /* b */ /*+c*/"u8, givesHints: true);
        var kinds = new List<TokenKind>();
        while (lexer.TryNext(out var token))
            kinds.Add(token.Kind);

        Assert.That(kinds, Is.EqualTo(new[] { TokenKind.Hint, TokenKind.Word, TokenKind.Hint }));
    }

    private static string Read(string text, out TextFault fault, out int offset)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var lexer = new PostgresLexer(bytes);
        var tokens = new List<string>();
        while (lexer.TryNext(out var token))
            tokens.Add($"{token.Kind}:{Encoding.UTF8.GetString(bytes, token.Start, token.Length)}");

        (fault, offset) = (lexer.Fault, lexer.FaultOffset);
        return string.Join('|', tokens);
    }
}
