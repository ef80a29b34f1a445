using System.Collections.Immutable;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sql;

/// <summary>
/// The same test as for PostgreSQL, on MariaDB: random queries run twice, the second time with one column changed. Where that column is neither a source
/// nor a predicate, nothing may change. The catalogue is the one that the proxy reads, and a mask plan must agree with what the server says of origins.
/// </summary>
[TestFixture]
internal sealed class MySqlColumnSourcesTests
{
    private const int TextSizeMax = 5_000;

    private static readonly int Queries = int.TryParse(Environment.GetEnvironmentVariable("JITPROXY_RANDOM_QUERIES"), out var count) ? count : 600;

    private static readonly (string Column, string Values)[] Changed =
    [
        ("customers.ssn", "if(id % 3 > 0, concat('z', id * 5 % 4), NULL)"),
        ("customers.name", "concat('q', id * 5 % 3)"),
        ("customers.email", "if(id % 2 > 0, concat('l0ng', id), NULL)"),
        ("customers.pin", "concat('k', id)"),
        ("orders.note", "if(id % 2 > 0, concat('k', id), NULL)"),
        ("orders.amount", "id * 11 % 7"),
        ("nodes.secret", "if(id % 2 > 0, concat('w', id), NULL)"),
        ("nodes.label", "concat('m', id % 2)"),
    ];

    private static readonly MaskingPolicy Policy = new()
    {
        Columns = Changed.ToDictionary(static c => new MaskedColumn("maria", "shop", "", c.Column.Split('.')[0], c.Column.Split('.')[1]), static _ => "secret")
            .ToImmutableDictionary(),
    };

    private ThrowAwayMariaDb _server = null!;
    private MySqlConnection _connection = null!;
    private Catalogue _catalogue = null!;

    private sealed record Answer(string[] Names, ResultColumn[] Shape, string?[][] Rows)
    {
        public IEnumerable<string> Column(int index) => Rows.Select(row => row[index] ?? "\0").Order(StringComparer.Ordinal);
    }

    // What the comparisons of one run came to.
    private sealed class Tally
    {
        public int Ran;
        public int Comparisons;
        public int Named;
        public int NamedForNothing;
        public int Misnamed;
    }

    [OneTimeSetUp]
    public async Task StartServer()
    {
        Start();
        _catalogue = await MySqlCatalogueReader.ReadAsync(
            new() { Host = "127.0.0.1", Port = _server.Port!.Value, User = "jitproxy", Password = "p", Tls = UpstreamTlsMode.Disable, Ca = null }, "shop", CancellationToken.None);
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
        var random = new RandomMySqlQueries(seed: 20);
        var tally = new Tally();
        for (var i = 0; i < Queries; i++)
        {
            var query = random.Next();
            if (query.Length > TextSizeMax || Run("shop", query) is not { } before)
                continue;

            tally.Ran++;
            var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(query), _catalogue);
            AssertFits(analysis, before, query, tally);
            foreach (var (column, _) in Changed)
                Compare(analysis, column, before, query, tally);
        }

        var share = 100.0 * tally.NamedForNothing / Math.Max(tally.Named, 1);
        TestContext.Out.WriteLine(
            $"{tally.Ran} of {Queries} queries ran, {tally.Comparisons} comparisons; of {tally.Named} sources named {tally.NamedForNothing} had no effect in this data "
            + $"({share:0.0} %); {tally.Misnamed} labels mixed up by the server");
        Assert.That(tally.Comparisons, Is.GreaterThan(Queries));
    }

    private void AssertFits(StatementAnalysis analysis, Answer answer, string query, Tally tally)
    {
        Assert.That(analysis.Unresolved, Is.Null, query);
        Assert.That(analysis.ReadOnlyObjection, Is.Null, query);
        Assert.That(analysis.Columns, Has.Length.EqualTo(answer.Names.Length), query);
        tally.Misnamed += analysis.Columns.Where((column, i) => column.Name != answer.Names[i]).Count();
        var subject = new MaskSubject("alice", "maria", "shop", "", "", Unmask: false, DateTimeOffset.UnixEpoch);
        var plan = MaskPlanner.Plan(analysis, answer.Shape, _catalogue, Policy, subject);
        Assert.That(plan.FaultDetail, Is.Null, query);
    }

    private void Compare(StatementAnalysis analysis, string changed, Answer before, string query, Tally tally)
    {
        var source = new SourceColumn("shop", changed.Split('.')[0], changed.Split('.')[1]);
        if (!analysis.Relations.Any(use => use.Name == source.Relation) || Run(changed, query) is not { } after)
            return;

        var choosesRows = analysis.PredicateColumns.Contains(source);
        for (var i = 0; i < analysis.Columns.Length; i++)
        {
            var isNamed = analysis.Columns[i].Sources.Contains(source);
            var isSame = after.Column(i).SequenceEqual(before.Column(i));
            tally.Comparisons++;
            if (isNamed)
                tally.Named++;
            if (isNamed && isSame)
                tally.NamedForNothing++;
            Assert.That(isSame || isNamed || choosesRows, () => $"column {i + 1} depends on {changed}: {query}");
        }

        Assert.That(choosesRows || after.Rows.Length == before.Rows.Length, () => $"rows depend on {changed}: {query}");
    }

    // Null where the server refuses or takes too long: random queries now and then mix collations or multiply tables.
    private Answer? Run(string place, string query)
    {
        Execute($"use `{place}`");
        try
        {
            using var command = new MySqlCommand(query, _connection);
            using var reader = command.ExecuteReader();
            var columns = reader.GetColumnSchema();
            var shape = columns.Select(static c => ResultColumn.OfMySql(
                c.ColumnName, new(c.BaseSchemaName ?? "", c.BaseTableName ?? "", c.BaseColumnName ?? ""), 253, 46, 0, isBinary: false));
            var rows = new List<string?[]>();
            while (reader.Read())
                rows.Add([.. columns.Select((_, i) => reader.IsDBNull(i) ? null : Convert.ToString(reader.GetValue(i), System.Globalization.CultureInfo.InvariantCulture))]);
            return new([.. columns.Select(static c => c.ColumnName)], [.. shape], [.. rows]);
        }
        catch (MySqlException)
        {
            // Now and then a query is more than the server itself can take.
            if (_connection.State != System.Data.ConnectionState.Open)
            {
                StopServer();
                Start();
            }

            return null;
        }
    }

    private void Start()
    {
        _server = ThrowAwayMariaDb.Start(Ports.Free());
        _server.Execute("create user jitproxy@'127.0.0.1' identified by 'p'", "grant select, show view on *.* to jitproxy@'127.0.0.1'");
        _connection = new(_server.ConnectionString + ";CharacterSet=utf8mb4");
        _connection.Open();
        var schema = File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Sql", "sources-mariadb.sql"));
        foreach (var place in Changed.Select(static c => c.Column).Prepend("shop"))
            Execute(schema.Replace("{place}", place, StringComparison.Ordinal));
        foreach (var (column, values) in Changed)
            Execute($"update `{column}`.{column.Split('.')[0]} set {column.Split('.')[1]} = {values}");
        Execute("set names utf8mb4 collate utf8mb4_bin; set max_statement_time = 1.5, group_concat_max_len = 100000");
    }

    private void Execute(string text)
    {
        using var command = new MySqlCommand(text, _connection);
        command.ExecuteNonQuery();
    }
}
