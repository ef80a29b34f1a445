using System.Text;
using System.Text.Json;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>Everything that real clients were seen to send by themselves, against servers 15 and 18.</summary>
[TestFixture]
internal sealed class HousekeepingCorpusTests
{
    // What even the clients that must work send and is not housekeeping: data paths, handles, locks, two-phase, other encodings, accounts.
    private static readonly string[] NotForFree =
    [
        "copy ", "fetch ", "move ", "declare ", "prepare transaction", "commit prepared", "rollback prepared", "begin read write", "lock table",
        "set client_encoding to 'latin1'", "alter user", "select rolname as \"role\", datname as \"database\"", "create ", "drop ", "vacuum ", "truncate ",
        "insert into \"__efmigrationshistory\"", "select count(*) from pgbench_branches",
    ];

    private sealed record Entry(string Client, string Action, bool Application, string Statement);

    [TestCase("psql")]
    [TestCase("Npgsql")]
    [TestCase("EF Core")]
    [TestCase("psycopg2")]
    [TestCase("psycopg3")]
    [TestCase("pgbench")]
    public void What_the_client_sends_by_itself_runs_without_a_grant(string client)
    {
        var judged = Parts().Where(part => part.Entry.Client == client && !part.Entry.Application).ToList();

        Assert.That(judged, Is.Not.Empty);
        Assert.That(judged.Where(static part => !part.IsFree && !IsNotForFree(part.Text)).Select(static part => $"{part.Entry.Action}: {part.Text}"), Is.Empty);
    }

    [Test]
    public void What_is_not_free_is_refused_or_left_to_grants()
    {
        var free = Parts().Where(static part => IsNotForFree(part.Text) && part.IsFree).Select(static part => part.Text);

        Assert.That(free, Is.Empty);
    }

    [Test]
    public void Statements_on_application_tables_are_no_housekeeping()
    {
        var parts = Parts().Where(static part => part.Entry.Application).ToList();

        Assert.That(parts, Has.Count.GreaterThan(50));
        Assert.That(parts.Where(static part => part.Verdict.Action is HousekeepingAction.Read).Select(static part => part.Text), Is.Empty);
    }

    [Test]
    public void Most_of_what_any_client_sends_runs_without_a_grant()
    {
        var all = Parts().Where(static part => !part.Entry.Application && !IsNotForFree(part.Text)).ToList();
        foreach (var group in all.GroupBy(static part => part.Entry.Client))
        {
            TestContext.Out.WriteLine($"{group.Key}: {group.Count(static part => part.IsFree)} of {group.Count()}");
            foreach (var part in group.Where(static part => !part.IsFree))
                TestContext.Out.WriteLine($"    {part.Entry.Action}: {part.Verdict.Action} {part.Verdict.Why} : {part.Text[..Math.Min(part.Text.Length, 200)]}");
        }

        var share = (double)all.Count(static part => part.IsFree) / all.Count;
        TestContext.Out.WriteLine($"all: {share:P1} of {all.Count}");
        Assert.That(share, Is.GreaterThan(0.85));
    }

    private static bool IsNotForFree(string text) => NotForFree.Any(start => text.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<(Entry Entry, string Text, HousekeepingVerdict Verdict, bool IsFree)> Parts()
    {
        foreach (var entry in Load())
        {
            var bytes = Encoding.UTF8.GetBytes(entry.Statement);
            var parts = new List<Range>();
            if (!StatementSplitter.TrySplit(bytes, SqlDialect.PostgreSql, parts, out _, out _))
                parts.Add(..);
            foreach (var part in parts)
            {
                var verdict = Housekeeping.Judge(bytes.AsSpan(part), TestCatalogue.Shop);
                var isFree = verdict.Action is not (HousekeepingAction.NotHousekeeping or HousekeepingAction.Refuse);
                yield return (entry, Encoding.UTF8.GetString(bytes.AsSpan(part)).Trim().ReplaceLineEndings(" "), verdict, isFree);
            }
        }
    }

    private static IEnumerable<Entry> Load()
    {
        var options = new JsonSerializerOptions { PropertyNameCaseInsensitive = true };
        return File.ReadLines(SqlCorpus.PathOf("client-statements-pg.jsonl")).Select(line => JsonSerializer.Deserialize<Entry>(line, options)!);
    }
}
