using System.Text;
using System.Text.Json;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>Every statement of PostgreSQL that the tests have: written, collected, made.</summary>
internal static class PostgresCorpus
{
    /// <summary>What clients were seen to send by themselves, each text once.</summary>
    public static IReadOnlyList<string> Clients { get; } = ReadClients();

    /// <summary>All of them by where they come from, each text once.</summary>
    public static IReadOnlyList<(string Source, IReadOnlyList<string> Texts)> All { get; } = Distinct(
        ("postgres.sql.txt", SqlCorpus.Postgres),
        ("tpch.sql.txt", SqlCorpus.Read("tpch.sql.txt")),
        ("tpcds.sql.txt", SqlCorpus.Read("tpcds.sql.txt")),
        ("job.sql.txt", SqlCorpus.Read("job.sql.txt")),
        ("clients", Clients),
        ("grammar: queries", Generate(11, 2_400, "query")),
        ("grammar: changes", Generate(12, 120, "insert", "update", "delete", "merge", "modifying")),
        ("grammar: others", Generate(13, 250, "explain", "show", "copy", "session", "ddl")));

    private static List<string> Generate(int seed, int count, params string[] productions)
    {
        var generator = new SqlGenerator("postgres.grammar.txt", seed);
        return [.. productions.SelectMany(production => generator.All(production, TestScale.Of(count)))];
    }

    private static List<(string Source, IReadOnlyList<string> Texts)> Distinct(params (string Source, IReadOnlyList<string> Texts)[] all)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. all.Select(one => (one.Source, (IReadOnlyList<string>)one.Texts.Where(seen.Add).ToList()))];
    }

    private static List<string> ReadClients()
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(SqlCorpus.PathOf("client-statements-pg.jsonl")))
        {
            using var entry = JsonDocument.Parse(line);
            var bytes = Encoding.UTF8.GetBytes(entry.RootElement.GetProperty("statement").GetString() ?? "");
            var parts = new List<Range>();
            if (StatementSplitter.TrySplit(bytes, SqlDialect.PostgreSql, parts, out _, out _))
                texts.UnionWith(parts.Select(part => Encoding.UTF8.GetString(bytes.AsSpan(part))));
        }

        return [.. texts];
    }
}
