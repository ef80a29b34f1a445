using System.Text.Json;
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

    /// <summary>What clients of MySQL and MariaDB were seen to send.</summary>
    public static IReadOnlyList<string> MySqlClients { get; } = ReadClients("client-statements-mysql.jsonl");

    /// <summary>The tables, views and routines that those of MySQL and MariaDB speak of, on MariaDB.</summary>
    public static IReadOnlyList<string> MariaDbSchema { get; } = [.. Read("mysql-schema.sql.txt"), .. Read("mariadb-schema.sql.txt")];

    /// <summary>A file of the corpus.</summary>
    public static string PathOf(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Sql", "Corpus", name);

    /// <summary>The statements of one file.</summary>
    public static List<string> Read(string name) =>
        [.. File.ReadAllText(PathOf(name)).Split("\n\n").Select(static part => part.Trim('\n')).Where(static part => part.Length > 0 && part[0] != '#')];

    private static List<string> ReadClients(string name)
    {
        var statements = new List<string>();
        foreach (var line in File.ReadLines(PathOf(name)))
        {
            using var record = JsonDocument.Parse(line);
            statements.Add(record.RootElement.GetProperty("statement").GetString()!);
        }

        return statements;
    }
}
