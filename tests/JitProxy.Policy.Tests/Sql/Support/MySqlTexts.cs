using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>Every statement of MariaDB that the tests have: written, collected, made.</summary>
internal static class MySqlTexts
{
    /// <summary>All of them by where they come from, each text once.</summary>
    public static IReadOnlyList<(string Source, IReadOnlyList<string> Texts)> MariaDb { get; } = Distinct(
        ("mysql.sql.txt", SqlCorpus.MySql),
        ("mariadb-only.sql.txt", SqlCorpus.MariaDbOnly),
        ("clients", [.. SqlCorpus.MySqlClients.Where(static text => !text.Contains("/*!", StringComparison.Ordinal))]),
        ("grammar: queries", Generate("statement", 21, 3_000)),
        ("grammar: changes", Generate("change", 22, 300)),
        ("damaged", Damaged(23)));

    /// <summary>The grammar of a server's statements.</summary>
    public static SqlGenerator Grammar(SqlDialect dialect, int seed) =>
        new("mysql.grammar.txt", seed, dialect == SqlDialect.MySql ? "mysql-only.grammar.txt" : "mariadb-only.grammar.txt");

    private static List<string> Generate(string production, int seed, int count) => [.. Grammar(SqlDialect.MariaDb, seed).All(production, TestScale.Of(count))];

    // Most of these are no statements any more; some are, and such as nobody would have thought of.
    private static List<string> Damaged(int seed)
    {
        var mutator = new MySqlMutator(seed);
        var statements = SqlCorpus.MySql.Concat(SqlCorpus.MariaDbOnly).ToList();
        return [.. Enumerable.Range(0, TestScale.Of(3_000)).Select(i => mutator.Damage(statements[i * 7 % statements.Count]))];
    }

    private static List<(string Source, IReadOnlyList<string> Texts)> Distinct(params (string Source, IReadOnlyList<string> Texts)[] all)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. all.Select(one => (one.Source, (IReadOnlyList<string>)one.Texts.Where(seen.Add).ToList()))];
    }
}
