using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>Every reason why a text is not read, with a text that brings it about. A reason that is added has no row here, and fails.</summary>
[TestFixture]
internal sealed class TextFaultTests
{
    private const SqlDialect Unknown = (SqlDialect)99;

    private static readonly Dictionary<TextFault, (SqlDialect Dialect, byte[] Text)> Rows = new()
    {
        [TextFault.None] = (SqlDialect.PostgreSql, "select 1"u8.ToArray()),
        [TextFault.DialectNotSupported] = (Unknown, "select 1"u8.ToArray()),
        [TextFault.TooLarge] = (SqlDialect.PostgreSql, Encoding.ASCII.GetBytes(new string(' ', 64 << 20))),
        [TextFault.TooDeep] = (SqlDialect.PostgreSql, Repeat("/* ", 2000)),
        [TextFault.TooCostly] = (SqlDialect.PostgreSql, Repeat("-+", 50_000)),
        [TextFault.Nul] = (SqlDialect.MySql, "select 1\0"u8.ToArray()),
        [TextFault.InvalidUtf8] = (SqlDialect.MariaDb, [.. "select '"u8, 0xC0, 0xAF, .. "'"u8]),
        [TextFault.UnterminatedString] = (SqlDialect.PostgreSql, "select 'a"u8.ToArray()),
        [TextFault.UnterminatedComment] = (SqlDialect.MySql, "select /* 1"u8.ToArray()),
        [TextFault.UnterminatedName] = (SqlDialect.PostgreSql, "select \"a"u8.ToArray()),
        [TextFault.EmptyName] = (SqlDialect.MySql, "select ``"u8.ToArray()),
        [TextFault.BadCharacter] = (SqlDialect.PostgreSql, "select \\"u8.ToArray()),
        [TextFault.BadNumber] = (SqlDialect.PostgreSql, "select 12ab"u8.ToArray()),
        [TextFault.BadParameter] = (SqlDialect.PostgreSql, "select $0"u8.ToArray()),
        [TextFault.BadEscape] = (SqlDialect.PostgreSql, @"select E'\u12'"u8.ToArray()),
        [TextFault.BadOperator] = (SqlDialect.MySql, "select 1 =< 2"u8.ToArray()),
        [TextFault.ExecutableComment] = (SqlDialect.MariaDb, "select /*M! 1 */"u8.ToArray()),
        [TextFault.BadHint] = (SqlDialect.MySql, "select /*+ x(` */ 1"u8.ToArray()),
    };

    private static IEnumerable<TextFault> Faults => Enum.GetValues<TextFault>();

    [TestCaseSource(nameof(Faults))]
    public void A_fault_is_reached_and_has_words(TextFault fault)
    {
        Assert.That(Rows, Does.ContainKey(fault), "every fault has a row");
        var (dialect, text) = Rows[fault];

        Assert.That(NormalForm.TryCreate(text, dialect, out var form, out var found, out var offset), Is.EqualTo(fault == TextFault.None));
        Assert.That(found, Is.EqualTo(fault));
        Assert.That(form is null, Is.EqualTo(fault != TextFault.None));
        Assert.That(offset, Is.InRange(0, text.Length));
        Assert.That(fault.Describe(), Does.Match("^(is|has|contains) [a-z]"));
    }

    private static byte[] Repeat(string text, int count) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, count)));
}
