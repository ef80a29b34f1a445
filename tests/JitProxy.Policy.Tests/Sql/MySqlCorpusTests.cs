using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>The lexer and the normal form of MySQL and MariaDB over the corpora; the Conformance tests ask a real server about the same texts.</summary>
[TestFixture]
internal sealed class MySqlCorpusTests
{
    private const int LayoutsPerStatement = 4;
    private const int DamagesPerStatement = 20;

    private static readonly IReadOnlyList<string> All = [.. SqlCorpus.MySql, .. SqlCorpus.MySqlOnly, .. SqlCorpus.MariaDbOnly];

    [Test]
    public void Corpus_is_large_and_can_be_read()
    {
        Assert.That(SqlCorpus.MySql, Has.Count.GreaterThanOrEqualTo(1900));
        Assert.That(All, Is.Unique);
        Assert.That(All.Where(static s => FormOf(s, LexicalModes.None, out _) is null), Is.Empty);
    }

    [Test]
    public void Blanks_comments_and_case_of_keywords_do_not_change_the_form()
    {
        var mutator = new MySqlMutator(1);
        foreach (var statement in All)
        {
            var form = FormOf(statement, LexicalModes.None, out _);
            for (var i = 0; i < LayoutsPerStatement; i++)
            {
                var other = mutator.Relayout(statement);
                Assert.That(FormOf(other, LexicalModes.None, out var fault), Is.EqualTo(form), () => $"{fault}\n{statement}\n{other}");
            }
        }
    }

    [Test]
    public void Readable_form_has_the_same_form_again()
    {
        var mutator = new MySqlMutator(2);
        var modes = new Random(2);
        foreach (var statement in All)
        {
            for (var i = 0; i < DamagesPerStatement; i++)
            {
                var text = i == 0 ? statement : mutator.Damage(statement);
                var mode = (LexicalModes)modes.Next(8);
                if (NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, mode, out var form, out _, out _))
                    Assert.That(FormOf(form.ToString(), mode, out _), Is.EqualTo(Convert.ToHexString(form.Canonical)), () => $"{mode}: {text}\n{form}");
            }
        }
    }

    [Test]
    public void Every_statement_is_one_part_and_two_are_two()
    {
        // Of programs without CREATE only the grammar knows the end.
        var all = All.Where(static s => !s.Contains(';', StringComparison.Ordinal) || s.StartsWith("create ", StringComparison.Ordinal)).ToList();
        for (var i = 0; i < all.Count; i++)
        {
            Assert.That(PartsOf($"{all[i]}\n;{all[(i + 1) % all.Count]};"), Is.EqualTo(2), all[i]);
        }
    }

    [Test]
    public void What_clients_send_can_be_read_but_for_executable_comments()
    {
        var faults = SqlCorpus.MySqlClients
            .Select(static text => (Text: text, Fault: FormOf(text, LexicalModes.None, out var fault) is null ? fault : TextFault.None))
            .Where(static read => read.Fault != TextFault.None && !IsRefusedOnPurpose(read.Text));

        Assert.That(faults, Is.Empty);
    }

    private static bool IsRefusedOnPurpose(string text) =>
        text.Contains("/*!", StringComparison.Ordinal) || text.Contains("/*M!", StringComparison.Ordinal) || text == "select $$";

    private static int PartsOf(string text)
    {
        var parts = new List<Range>();
        return StatementSplitter.TrySplit(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, parts, out _, out _) ? parts.Count : -1;
    }

    private static string? FormOf(string text, LexicalModes modes, out TextFault fault) =>
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, modes, out var form, out fault, out _) ? Convert.ToHexString(form.Canonical) : null;
}
