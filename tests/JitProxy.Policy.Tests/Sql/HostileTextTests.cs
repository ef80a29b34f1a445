using System.Diagnostics;
using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>Texts made to hurt: the lexer answers with tokens or a fault, in time that grows no faster than the text.</summary>
[TestFixture]
internal sealed class HostileTextTests
{
    private const int TextSize = 1_000_000;

    // Such a text takes milliseconds; a quadratic scanner takes minutes. The machine may be busy.
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    [TestCase("/*", TextFault.TooCostly)]
    [TestCase("/**/", TextFault.TooCostly)]
    [TestCase("/*+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-*/", TextFault.TooCostly)]
    [TestCase("/* ", TextFault.TooDeep)]
    [TestCase("/* */ ", TextFault.None)]
    [TestCase("/* /* */ */ ", TextFault.None)]
    [TestCase("*/", TextFault.TooCostly)]
    [TestCase("--", TextFault.None)]
    [TestCase("-- x\n", TextFault.None)]
    [TestCase("'", TextFault.None)]
    [TestCase("'a' ", TextFault.None)]
    [TestCase("'a'\n", TextFault.None)]
    [TestCase("'\n", TextFault.None)]
    [TestCase("E'a'\n--\n", TextFault.None)]
    [TestCase("E'\\x41' ", TextFault.None)]
    [TestCase("E'\\''", TextFault.None)]
    [TestCase("\"", TextFault.None)]
    [TestCase("x\"", TextFault.None)]
    [TestCase("$$", TextFault.None)]
    [TestCase("$a$", TextFault.UnterminatedString)]
    [TestCase("$a", TextFault.None)]
    [TestCase("$ab$ $aa$", TextFault.None)]
    [TestCase("$1", TextFault.None)]
    [TestCase("+", TextFault.TooCostly)]
    [TestCase("@", TextFault.BadOperator)]
    [TestCase("-+", TextFault.TooCostly)]
    [TestCase("@-", TextFault.BadOperator)]
    [TestCase("1..", TextFault.None)]
    [TestCase(".1", TextFault.None)]
    [TestCase("1.e", TextFault.None)]
    [TestCase("(", TextFault.None)]
    [TestCase(";", TextFault.None)]
    [TestCase("a", TextFault.None)]
    [TestCase("a ", TextFault.None)]
    [TestCase("U&", TextFault.None)]
    [TestCase("U&'\\", TextFault.BadCharacter)]
    [TestCase("\u00e4", TextFault.None)]
    [TestCase(" ", TextFault.None)]
    public void Repetition_takes_bounded_time(string piece, TextFault expected)
    {
        var size = Encoding.UTF8.GetByteCount(piece);
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, TextSize / size)));
        var watch = Stopwatch.StartNew();
        var isRead = NormalForm.TryCreate(text, SqlDialect.PostgreSql, out var form, out var fault, out var offset);
        var parts = new List<Range>();
        var isSplit = StatementSplitter.TrySplit(text, SqlDialect.PostgreSql, parts, out var splitFault, out _);

        Assert.That(watch.Elapsed, Is.LessThan(TimeMax));
        Assert.That((fault, splitFault, isRead, isSplit), Is.EqualTo((expected, expected, expected == TextFault.None, expected == TextFault.None)));
        Assert.That(offset, Is.InRange(0, text.Length));
        Assert.That(form?.TokenCount ?? 0, Is.LessThanOrEqualTo(text.Length));
    }

    [Test]
    public void Comments_nest_to_the_limit_and_no_further()
    {
        var atLimit = string.Concat(Enumerable.Repeat("/* ", PostgresComment.DepthMax)) + string.Concat(Enumerable.Repeat("*/ ", PostgresComment.DepthMax));

        Assert.That(FaultOf(Encoding.UTF8.GetBytes(atLimit)), Is.EqualTo(TextFault.None));
        Assert.That(FaultOf(Encoding.UTF8.GetBytes($"/* {atLimit} */")), Is.EqualTo(TextFault.TooDeep));
    }

    [Test]
    public void Text_above_the_size_limit_is_refused_unread()
    {
        var text = new byte[PostgresLexer.TextSizeMax + 1];
        Array.Fill(text, (byte)' ');

        Assert.That(FaultOf(text.AsSpan(1)), Is.EqualTo(TextFault.None));
        Assert.That(FaultOf(text), Is.EqualTo(TextFault.TooLarge));
    }

    [Test]
    public void Long_dollar_tag_is_refused()
    {
        var tag = $"${new string('a', PostgresDollar.TagSizeMax)}$";

        Assert.That(FaultOf(Encoding.UTF8.GetBytes($"{tag}x{tag}")), Is.EqualTo(TextFault.None));
        Assert.That(FaultOf(Encoding.UTF8.GetBytes($"$a{tag[1..]}x$a{tag[1..]}")), Is.EqualTo(TextFault.TooLarge));
    }

    [Test]
    public void Operator_of_64_bytes_is_refused()
    {
        Assert.That(FaultOf(Encoding.UTF8.GetBytes(new string('@', 63))), Is.EqualTo(TextFault.None));
        Assert.That(FaultOf(Encoding.UTF8.GetBytes(new string('@', 64))), Is.EqualTo(TextFault.BadOperator));
    }

    [Test]
    public void Decorated_comments_and_long_lists_of_signs_are_no_attack()
    {
        var banner = $"/*{new string('*', 200)}\n * text\n {new string('*', 200)}*/\n";
        var values = string.Join(",", Enumerable.Repeat("(-1,+2,a<>-b)", 50_000));

        Assert.That(FaultOf(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(banner, 500)) + values)), Is.EqualTo(TextFault.None));
    }

    [Test]
    public void Any_bytes_give_tokens_in_order_or_a_fault()
    {
        var alphabet = "'\"$\\/*-+@ \n\raE1xXuU&_.;:()[]=<>!\u00e4"u8.ToArray();
        var random = new Random(7);
        var buffer = new byte[24];
        for (var round = 0; round < 200_000; round++)
        {
            var text = buffer.AsSpan(0, random.Next(buffer.Length + 1));
            if (round % 4 == 0)
                random.NextBytes(text);
            else
                random.GetItems<byte>(alphabet, text);

            var lexer = new PostgresLexer(text, givesHints: true);
            var end = 0;
            while (lexer.TryNext(out var token))
            {
                Assert.That(token.Start >= end && token.Length > 0 && token.End <= text.Length && token.Kind != TokenKind.End);
                end = token.End;
            }

            Assert.That(lexer.TryNext(out _), Is.False, "the end is final");
            Assert.That(lexer.FaultOffset, Is.InRange(0, text.Length));
            if (NormalForm.TryCreate(text, SqlDialect.PostgreSql, out var form, out var fault, out _))
                Assert.That(form.ToString(), Is.Not.Null);
            Assert.That(fault, Is.EqualTo(lexer.Fault));
        }
    }

    private static TextFault FaultOf(ReadOnlySpan<byte> text)
    {
        NormalForm.TryCreate(text, SqlDialect.PostgreSql, out _, out var fault, out _);
        return fault;
    }
}
