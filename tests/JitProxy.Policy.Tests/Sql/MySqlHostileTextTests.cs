using System.Diagnostics;
using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>Texts made to hurt: the lexer of MySQL answers with tokens or a fault, in time that grows no faster than the text.</summary>
[TestFixture]
internal sealed class MySqlHostileTextTests
{
    private const int TextSize = 1_000_000;

    // Such a text takes milliseconds; a quadratic scanner takes minutes. The machine may be busy.
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    [TestCase("/*", TextFault.UnterminatedComment)]
    [TestCase("/**/", TextFault.None)]
    [TestCase("/*/", TextFault.None)]
    [TestCase("/*+", TextFault.UnterminatedComment)]
    [TestCase("/*+'*/", TextFault.BadHint)]
    [TestCase("/*+''*/", TextFault.None)]
    [TestCase("*/", TextFault.UnterminatedComment)]
    [TestCase("--", TextFault.None)]
    [TestCase("-- x\n", TextFault.None)]
    [TestCase("#", TextFault.None)]
    [TestCase("#\n", TextFault.None)]
    [TestCase("'", TextFault.None)]
    [TestCase("'a' ", TextFault.None)]
    [TestCase("'\\' ", TextFault.BadCharacter)]
    [TestCase("\\", TextFault.BadCharacter)]
    [TestCase("\"", TextFault.None)]
    [TestCase("`", TextFault.None)]
    [TestCase("`a", TextFault.None)]
    [TestCase("@", TextFault.BadCharacter)]
    [TestCase("@'", TextFault.None)]
    [TestCase("@a", TextFault.None)]
    [TestCase("@@a", TextFault.None)]
    [TestCase("@@a.", TextFault.None)]
    [TestCase("a.", TextFault.None)]
    [TestCase("a .", TextFault.None)]
    [TestCase("1.", TextFault.None)]
    [TestCase(".1", TextFault.None)]
    [TestCase("1e", TextFault.BadNumber)]
    [TestCase("0x", TextFault.BadNumber)]
    [TestCase("1", TextFault.None)]
    [TestCase("<", TextFault.None)]
    [TestCase("<=>", TextFault.None)]
    [TestCase("=", TextFault.BadOperator)]
    [TestCase("-", TextFault.None)]
    [TestCase("->>", TextFault.None)]
    [TestCase("(", TextFault.None)]
    [TestCase("a(", TextFault.None)]
    [TestCase("a (", TextFault.None)]
    [TestCase(";", TextFault.None)]
    [TestCase("a", TextFault.None)]
    [TestCase("a ", TextFault.None)]
    [TestCase("?", TextFault.None)]
    [TestCase("begin ", TextFault.None)]
    [TestCase("create procedure begin case ", TextFault.None)]
    [TestCase("\u00e4", TextFault.None)]
    [TestCase(" ", TextFault.None)]
    public void Repetition_takes_bounded_time(string piece, TextFault expected)
    {
        var size = Encoding.UTF8.GetByteCount(piece);
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, (TextSize / size) + (TextSize / size % 2))));
        foreach (var modes in new[] { LexicalModes.None, LexicalModes.IgnoreSpace })
        {
            var watch = Stopwatch.StartNew();
            NormalForm.TryCreate(text, SqlDialect.MySql, modes, out var form, out var fault, out var offset);
            StatementSplitter.TrySplit(text, SqlDialect.MySql, modes, [], out var splitFault, out _);

            Assert.That(watch.Elapsed, Is.LessThan(TimeMax));
            Assert.That((fault, splitFault), Is.EqualTo((expected, expected)));
            Assert.That(offset, Is.InRange(0, text.Length));
            Assert.That(form?.TokenCount ?? 0, Is.LessThanOrEqualTo(text.Length));
        }
    }

    [TestCase(LexicalModes.None, "a{0}(")]
    [TestCase(LexicalModes.IgnoreSpace, "a{0}(")]
    [TestCase(LexicalModes.IgnoreSpace, "a{0}")]
    public void Long_blanks_behind_names_are_passed_once(LexicalModes modes, string form)
    {
        var text = Encoding.UTF8.GetBytes(form.Replace("{0}", new string(' ', TextSize), StringComparison.Ordinal));
        var watch = Stopwatch.StartNew();

        Assert.That(NormalForm.TryCreate(text, SqlDialect.MySql, modes, out _, out _, out _), Is.True);
        Assert.That(watch.Elapsed, Is.LessThan(TimeMax));
    }

    [Test]
    public void Text_above_the_size_limit_is_refused_unread()
    {
        var text = new byte[MySqlLexer.TextSizeMax + 1];
        Array.Fill(text, (byte)' ');

        Assert.That(FaultOf(text.AsSpan(1)), Is.EqualTo(TextFault.None));
        Assert.That(FaultOf(text), Is.EqualTo(TextFault.TooLarge));
    }

    [Test]
    public void Any_bytes_give_tokens_in_order_or_a_fault()
    {
        var alphabet = "'\"`$\\/*!+-@? \n\raE1xXbnN_.;:()[]=<>&|#{}\u00e4"u8.ToArray();
        var random = new Random(7);
        var buffer = new byte[24];
        for (var round = 0; round < 300_000; round++)
        {
            var text = buffer.AsSpan(0, random.Next(buffer.Length + 1));
            if (round % 4 == 0)
                random.NextBytes(text);
            else
                random.GetItems<byte>(alphabet, text);

            var modes = (LexicalModes)random.Next(8);
            var lexer = new MySqlLexer(text, modes, givesHints: true);
            var end = 0;
            while (lexer.TryNext(out var token))
            {
                Assert.That(token.Start >= end && token.Length > 0 && token.End <= text.Length && token.Kind != TokenKind.End);
                end = token.End;
            }

            Assert.That(lexer.TryNext(out _), Is.False, "the end is final");
            Assert.That(lexer.FaultOffset, Is.InRange(0, text.Length));
            CheckForm(text, modes, lexer.Fault);
        }
    }

    /// <summary>A text is readable or has no form; what the form writes has the form again.</summary>
    private static void CheckForm(ReadOnlySpan<byte> text, LexicalModes modes, TextFault expected)
    {
        var isRead = NormalForm.TryCreate(text, SqlDialect.MariaDb, modes, out var form, out var fault, out _);
        Assert.That((isRead, fault), Is.EqualTo((expected == TextFault.None, expected)));
        if (form is null)
            return;

        var written = form.ToString();
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(written), SqlDialect.MariaDb, modes, out var again, out var secondFault, out _);
        Assert.That(again is not null && again.Canonical.SequenceEqual(form.Canonical), Is.True, $"{modes} {secondFault}: {Encoding.UTF8.GetString(text)} -> {written}");
    }

    private static TextFault FaultOf(ReadOnlySpan<byte> text)
    {
        NormalForm.TryCreate(text, SqlDialect.MySql, out _, out var fault, out _);
        return fault;
    }
}
