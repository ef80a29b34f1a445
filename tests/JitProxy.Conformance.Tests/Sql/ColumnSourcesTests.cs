using System.Text;
using JitProxy.Conformance.Tests.Masking;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Policy.Sql;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sql;

/// <summary>
/// The sources that the analysis names are all there are: random queries run twice, the second time with one column changed. Where that column
/// is neither a source nor a predicate, nothing may change.
/// </summary>
[TestFixture]
internal sealed class ColumnSourcesTests
{
    private const int Queries = 600;
    private const int TextSizeMax = 5_000;

    private static readonly string[] Changed =
        ["customers.ssn", "customers.name", "customers.email", "orders.note", "orders.amount", "nodes.secret", "nodes.label"];

    private ThrowAwayPostgres _server = null!;
    private NpgsqlConnection _connection = null!;
    private Catalogue _catalogue = null!;

    private sealed record Answer(string[] Names, string?[][] Rows)
    {
        public IEnumerable<string> Column(int index) => Rows.Select(row => row[index] ?? "\0").Order(StringComparer.Ordinal);
    }

    [OneTimeSetUp]
    public void StartServer()
    {
        _server = ThrowAwayPostgres.Start();
        _connection = new(_server.ConnectionString + ";Options=-c statement_timeout=1500 -c max_parallel_workers_per_gather=0 -c jit=off");
        _connection.Open();
        Execute(File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Sql", "sources.sql")));
        Execute("set search_path = public");
        _catalogue = MaskedShop.Read(_connection);
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        _connection?.Dispose();
        _server?.Dispose();
    }

    [Test]
    public void What_is_no_source_changes_nothing()
    {
        var random = new RandomQueries(seed: 20);
        var comparisons = 0;
        var ran = 0;
        for (var i = 0; i < Queries; i++)
        {
            var query = random.Next();
            if (query.Length > TextSizeMax || Run("public", query) is not { } before)
                continue;

            ran++;
            var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(query), _catalogue);
            AssertFits(analysis, before, query);
            comparisons += Changed.Count(column => Compare(analysis, column, before, query));
        }

        TestContext.Out.WriteLine($"{ran} queries, {comparisons} comparisons");
        Assert.That(comparisons, Is.GreaterThan(Queries));
    }

    private static void AssertFits(StatementAnalysis analysis, Answer answer, string query)
    {
        Assert.That(analysis.Unresolved, Is.Null, query);
        Assert.That(analysis.ReadOnlyObjection, Is.Null, query);
        Assert.That(analysis.Columns.Select(static column => column.Name), Is.EqualTo(answer.Names), query);
    }

    // True if there was something to compare.
    private bool Compare(StatementAnalysis analysis, string changed, Answer before, string query)
    {
        var source = new SourceColumn("public", changed.Split('.')[0], changed.Split('.')[1]);
        if (analysis.PredicateColumns.Contains(source) || analysis.Columns.All(column => column.Sources.Contains(source)) || Run(changed, query) is not { } after)
            return false;

        Assert.That(after.Rows, Has.Length.EqualTo(before.Rows.Length), () => $"rows depend on {changed}: {query}");
        for (var i = 0; i < analysis.Columns.Length; i++)
        {
            if (!analysis.Columns[i].Sources.Contains(source))
                Assert.That(after.Column(i), Is.EqualTo(before.Column(i)), () => $"column {i + 1} depends on {changed}: {query}");
        }

        return true;
    }

    // Null where the server refuses or takes too long: random queries now and then divide types or multiply tables.
    private Answer? Run(string place, string query)
    {
        Execute($"set search_path = \"{place}\"");
        try
        {
            using var command = new NpgsqlCommand(query, _connection) { AllResultTypesAreUnknown = true };
            using var reader = command.ExecuteReader();
            var names = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToArray();
            var rows = new List<string?[]>();
            while (reader.Read())
                rows.Add([.. names.Select((_, i) => reader.IsDBNull(i) ? null : reader.GetString(i))]);
            return new(names, [.. rows]);
        }
        catch (PostgresException)
        {
            return null;
        }
    }

    private void Execute(string text)
    {
        using var command = new NpgsqlCommand(text, _connection);
        command.ExecuteNonQuery();
    }
}
