using System.Text;
using System.Text.Json;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>Everything that real clients were seen to send by themselves.</summary>
internal sealed class HousekeepingCorpusTests
{
    private sealed record Entry(string Client, string Action, bool Application, string Statement);

    [Test]
    public void Print_refusals()
    {
        foreach (var group in Load().Where(e => !e.Application).GroupBy(e => e.Client))
        {
            var total = 0;
            var good = 0;
            foreach (var entry in group)
            {
                var parts = new List<Range>();
                var bytes = Encoding.UTF8.GetBytes(entry.Statement);
                if (!StatementSplitter.TrySplit(bytes, SqlDialect.PostgreSql, parts, out var fault, out _))
                {
                    TestContext.Out.WriteLine($"SPLIT {fault} {entry.Statement}");
                    continue;
                }

                foreach (var part in parts)
                {
                    total++;
                    var verdict = Housekeeping.Judge(bytes.AsSpan(part), TestCatalogue.Shop);
                    if (verdict.Action is HousekeepingAction.NotHousekeeping or HousekeepingAction.Refuse)
                    {
                        var parsed = JitProxy.Policy.Sql.Parsing.PostgresParser.TryParse(bytes.AsSpan(part), out _, out var f) ? "" : "PARSE " + f;
                        TestContext.Out.WriteLine($"{entry.Client} | {entry.Action} | {verdict.Action} {verdict.Why} {parsed} | {Encoding.UTF8.GetString(bytes.AsSpan(part)).ReplaceLineEndings(" ")[..Math.Min(300, part.End.Value - part.Start.Value)]}");
                    }
                    else
                    {
                        good++;
                    }
                }
            }

            TestContext.Out.WriteLine($"=== {group.Key}: {good}/{total}");
        }
    }

    private static IEnumerable<Entry> Load()
    {
        var options = new JsonSerializerOptions { PropertyNameCaseInsensitive = true };
        return File.ReadLines(TestCatalogue.PathOf("client-statements-pg.jsonl")).Select(line => JsonSerializer.Deserialize<Entry>(line, options)!);
    }
}
