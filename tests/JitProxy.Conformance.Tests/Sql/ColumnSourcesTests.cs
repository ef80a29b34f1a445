using System.Text;
using JitProxy.Conformance.Tests.Masking;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
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
    private const int TextSizeMax = 5_000;
    private static readonly int Queries = TestScale.Of(600);

    private static readonly string[] Changed =
        ["customers.ssn", "customers.name", "customers.email", "orders.note", "orders.amount", "nodes.secret", "nodes.label"];

    private ThrowAwayPostgres _server = null!;
    private NpgsqlConnection _connection = null!;
    private Catalogue _catalogue = null!;
    private int _comparisons;
    private int _named;
    private int _needed;

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
        var ran = 0;
        for (var i = 0; i < Queries; i++)
        {
            var query = random.Next();
            if (query.Length > TextSizeMax || Run("public", query) is not { } before)
                continue;

            ran++;
            var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(query), _catalogue);
            AssertFits(analysis, before, query);
            var named = new bool[analysis.Columns.Length];
            var needed = new bool[analysis.Columns.Length];
            foreach (var column in Changed)
                Compare(analysis, column, before, query, (named, needed));
            _named += named.Count(static flag => flag);
            _needed += needed.Count(static flag => flag);
        }

        TestContext.Out.WriteLine($"{ran} queries, {_comparisons} comparisons of columns with another source: none changed");
        TestContext.Out.WriteLine(
            $"{_named} columns have a source that was changed, {_needed} of them changed with it: at most {1 - ((double)_needed / _named):P0} would be masked for nothing");
        Assert.That(_comparisons, Is.GreaterThan(Queries));
        Assert.That(_needed, Is.GreaterThan(_named / 3), "columns whose sources matter");
    }

    private static void AssertFits(StatementAnalysis analysis, Answer answer, string query)
    {
        Assert.That(analysis.Unresolved, Is.Null, query);
        Assert.That(analysis.ReadOnlyObjection, Is.Null, query);
        Assert.That(analysis.Columns.Select(static column => column.Name), Is.EqualTo(answer.Names), query);
    }

    private void Compare(StatementAnalysis analysis, string changed, Answer before, string query, (bool[] Named, bool[] Needed) columns)
    {
        var source = new SourceColumn("public", changed.Split('.')[0], changed.Split('.')[1]);
        if (!analysis.Relations.Any(use => use.Schema == source.Schema && use.Name == source.Relation) || Run(changed, query) is not { } after)
            return;

        // Where it decides which rows there are, it may decide anything about them.
        var isPredicate = analysis.PredicateColumns.Contains(source);
        Assert.That(isPredicate || after.Rows.Length == before.Rows.Length, () => $"rows depend on {changed}: {query}");
        for (var i = 0; i < analysis.Columns.Length; i++)
        {
            var isChanged = !after.Column(i).SequenceEqual(before.Column(i));
            if (analysis.Columns[i].Sources.Contains(source))
            {
                columns.Named[i] = true;
                columns.Needed[i] |= isChanged;
            }
            else if (!isPredicate)
            {
                _comparisons++;
                Assert.That(isChanged, Is.False, () => $"column {i + 1} depends on {changed}: {query}");
            }
        }
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
