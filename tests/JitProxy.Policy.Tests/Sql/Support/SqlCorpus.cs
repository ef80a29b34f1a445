using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>The statements of <c>Corpus/</c>: a blank line ends a statement, a line that begins with # is a heading.</summary>
internal static class SqlCorpus
{
    public static IReadOnlyList<string> Postgres { get; } = Read("postgres.sql.txt");

    /// <summary>What MySQL 9.7 and MariaDB 10.11 both take.</summary>
    public static IReadOnlyList<string> MySql { get; } = Read("mysql.sql.txt");

    /// <summary>What MySQL takes and MariaDB does not.</summary>
    public static IReadOnlyList<string> MySqlOnly { get; } = Read("mysql-only.sql.txt");

    /// <summary>What MariaDB takes and MySQL does not.</summary>
    public static IReadOnlyList<string> MariaDbOnly { get; } = Read("mariadb-only.sql.txt");

    private static List<string> Read(string name)
    {
        var path = Path.Combine(TestContext.CurrentContext.TestDirectory, "Sql", "Corpus", name);
        return [.. File.ReadAllText(path).Split("\n\n").Select(static part => part.Trim('\n')).Where(static part => part.Length > 0 && part[0] != '#')];
    }
}
