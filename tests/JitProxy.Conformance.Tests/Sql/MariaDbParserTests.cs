using System.Globalization;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sql;

/// <summary>The parser and the analysis against MariaDB's own: what is taken, of which kind it is, what its columns are called, and what only reads.</summary>
[TestFixture]
internal sealed class MariaDbParserTests
{
    private const int SyntaxError = 1064;
    private const int NotInReadOnly = 1792;

    // A view is a file, and takes its time; a usual run makes one of every fourth query.
    private static readonly int ViewsEvery = Math.Max(1, 4 / TestScale.Of(1));

    // Found while the server still parses, in texts that it may refuse further on.
    private static readonly int[] EarlyRefusals = [SyntaxError, 1115, 1128, 1149, 1193, 1234, 1273, 1286, 1300, 1305, 1327, 1582, 1583, 1584, 1630, 4161];

    private ThrowAwayMariaDb _server = null!;
    private MySqlConnection _connection = null!;
    private Catalogue _catalogue = null!;

    private sealed class Tally
    {
        public int Texts, Taken, Parsed, Selects, SelectsParsed, Generous;
    }

    [OneTimeSetUp]
    public async Task StartServerAsync()
    {
        _server = ThrowAwayMariaDb.Start(Ports.Free(), "log-bin-trust-function-creators=1", "sync-frm=0");
        _server.Execute("create database app", "create user reader@'%' identified by 'p'", "grant all on *.* to reader@'%'", "create user powerless@'%' identified by 'p'", "grant show view on app.* to powerless@'%'");
        _connection = new(_server.ConnectionStringOf("app"));
        _connection.Open();
        foreach (var statement in SqlCorpus.MariaDbSchema)
            Execute(statement);
        Execute("insert into customers (id, name, email, region) values (1, 'Ann', 'ann@example.com', 'north'), (2, 'Bob', 'bob@example.com', 'south')");
        Execute("insert into orders (customer_id, status, total, created_at) values (1, 'open', 10, '2025-01-31'), (2, 'late', 20, '2025-02-01')");
        _catalogue = await MySqlCatalogueReader.ReadAsync(Upstream(), "app", CancellationToken.None);
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        _connection?.Dispose();
        _server?.Dispose();
    }

    [Test]
    public void Whatever_the_server_takes_is_parsed()
    {
        var all = new Tally();
        var missed = new List<string>();
        foreach (var (source, texts) in MySqlTexts.MariaDb)
        {
            var tally = new Tally();
            foreach (var text in texts)
                Compare(text, [tally, all], missed);
            Print(source, tally);
        }

        Print("all", all);
        foreach (var text in missed)
            TestContext.Out.WriteLine(text);
        Assert.That(all.Texts, Is.GreaterThan(2_000));
        Assert.That(all.SelectsParsed, Is.GreaterThanOrEqualTo(0.995 * all.Selects), "SELECTs");
        Assert.That(all.Parsed, Is.GreaterThanOrEqualTo(0.99 * all.Taken), "statements of all kinds");
    }

    [Test]
    public void Kinds_are_those_that_the_server_counts()
    {
        var (compared, disagreements) = (0, new List<string>());
        foreach (var text in MySqlTexts.MariaDb.SelectMany(static one => one.Source == "damaged" ? [] : one.Texts.Where(static (_, i) => i % 2 == 0)))
        {
            var analysis = Analyze(text);
            if (!IsParsed(analysis) || !IsPlain(text) || text.StartsWith("show count(", StringComparison.Ordinal) || CountedAs(text) is not { } counter)
                continue;

            compared++;
            if (!KindsOf(counter).Contains(analysis.Kind))
                disagreements.Add($"{analysis.Kind}, the server counts {counter}: {text}");
        }

        TestContext.Out.WriteLine($"{compared} kinds compared, {disagreements.Count} disagreements");
        foreach (var disagreement in disagreements)
            TestContext.Out.WriteLine(disagreement);
        Assert.That(compared, Is.GreaterThan(1_500));
        Assert.That(disagreements, Is.Empty);
    }

    [Test]
    public void What_is_read_only_runs_in_a_read_only_transaction_and_leaves_nothing()
    {
        var (ran, refused, misnamed) = (0, new List<string>(), new List<string>());
        var failures = new SortedDictionary<int, int>();
        using var connection = new MySqlConnection(_server.ConnectionStringOf("app"));
        connection.Open();
        Execute("set max_statement_time = 2, sql_mode = ''", connection);
        foreach (var text in MySqlTexts.MariaDb.SelectMany(static one => one.Texts))
        {
            var analysis = Analyze(text);
            if (!analysis.IsReadOnly || !IsPlain(text))
                continue;

            Execute("start transaction read only", connection);
            var failure = Run(text, connection, out var names);
            ran += failure == 0 ? 1 : 0;
            if (failure == NotInReadOnly)
                refused.Add(text);
            else if (failure != 0)
                failures[failure] = failures.GetValueOrDefault(failure) + 1;
            else if (!Fits(analysis, names))
                misnamed.Add($"{string.Join('|', analysis.Columns.Select(static column => column.Name))} instead of {string.Join('|', names)}: {text}");
            Execute("rollback", connection);
        }

        TestContext.Out.WriteLine($"{ran} read-only statements ran in a READ ONLY transaction, {refused.Count} were refused there");
        TestContext.Out.WriteLine($"others, by error: {string.Join(", ", failures.Select(static pair => $"{pair.Key} {pair.Value} times"))}");
        Assert.That(refused, Is.Empty);
        Assert.That(misnamed, Is.Empty, "columns and their names");
        Assert.That(Number("select count(*) from information_schema.user_variables", connection), Is.Zero, "user variables");
        Assert.That(Number("select release_all_locks()", connection), Is.Zero, "locks");
        Assert.That(ran, Is.GreaterThan(1_000));
    }

    [Test]
    public void What_the_server_prints_from_its_own_tree_has_no_other_sources()
    {
        var (compared, differences) = (0, new List<string>());
        foreach (var text in MySqlTexts.MariaDb.SelectMany(static one => one.Texts.Where(static (_, i) => i % ViewsEvery == 0)))
        {
            var analysis = Analyze(text);
            if (analysis.Kind != StatementKind.Select || analysis.Columns.IsDefault || !IsPlain(text) || Printed(text) is not { } printed)
                continue;

            compared++;
            if (!Holds(analysis, Analyze(printed)))
                differences.Add($"{text}\n{printed}\n");
        }

        TestContext.Out.WriteLine($"{compared} queries have the sources of what the server prints from its tree");
        Assert.That(differences, Is.Empty);
        Assert.That(compared, Is.GreaterThan(400));
    }

    // The server prints one column for the two that USING and NATURAL join, so there may be fewer sources.
    private static bool Holds(StatementAnalysis written, StatementAnalysis printed) =>
        !printed.Columns.IsDefault
        && written.Columns.Length == printed.Columns.Length
        && written.Columns.Zip(printed.Columns).All(static pair => pair.First.IsUnknown || (!pair.Second.IsUnknown && !pair.Second.Sources.Except(pair.First.Sources).Any()))
        && !printed.PredicateColumns.Except(written.PredicateColumns).Any();

    // The query of a view as the server prints it before it optimizes; null if no view can be made of it.
    private string? Printed(string text)
    {
        if (Run($"create or replace view printed as {text}", _connection, out _) != 0)
            return null;
        var definition = "";
        if (Run("show create view printed", _connection, out _, row => definition = row.GetString(1)) != 0)
            return null;
        return definition[(definition.IndexOf(" AS ", StringComparison.Ordinal) + 4)..];
    }

    private UpstreamConfiguration Upstream() =>
        new() { Host = "127.0.0.1", Port = _server.Port!.Value, User = "reader", Password = "p", Tls = UpstreamTlsMode.Disable, Ca = null };

    private void Compare(string text, Tally[] tallies, List<string> missed)
    {
        var analysis = Analyze(text);
        var isParsed = IsParsed(analysis);
        var isTaken = !EarlyRefusals.Contains(Verdict(text));
        var isSelect = isTaken && text.AsSpan().TrimStart("( \n").StartsWith("select", StringComparison.OrdinalIgnoreCase);
        foreach (var tally in tallies)
        {
            tally.Texts++;
            tally.Taken += isTaken ? 1 : 0;
            tally.Parsed += isTaken && isParsed ? 1 : 0;
            tally.Selects += isSelect ? 1 : 0;
            tally.SelectsParsed += isSelect && isParsed ? 1 : 0;
            tally.Generous += !isTaken && isParsed ? 1 : 0;
        }

        if (isTaken && !isParsed)
            missed.Add($"{analysis.Unresolved}: {text}");
    }

    private static void Print(string source, Tally tally) => TestContext.Out.WriteLine(
        $"{source}: {tally.Texts} texts, the server takes {tally.Taken}, {tally.Parsed} of them parse; {tally.SelectsParsed} of {tally.Selects} SELECTs; {tally.Generous} parse that it refuses");

    private StatementAnalysis Analyze(string text) => StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(text), _catalogue);

    private static bool IsParsed(StatementAnalysis analysis) => analysis.Unresolved?.StartsWith("it could not be parsed", StringComparison.Ordinal) != true;

    // Only prepared statements have parameters.
    private static bool IsPlain(string text) => !text.Contains('?', StringComparison.Ordinal);

    // Names that the analysis gives, and their number; where it gives none, only the server knows them.
    private static bool Fits(StatementAnalysis analysis, List<string> names) => analysis.Columns.IsDefault
        || (analysis.Columns.Length == names.Count && analysis.Columns.Zip(names).All(static pair => pair.First.Name is null || pair.First.Name == pair.Second));

    // The number of the error that PREPARE gives, or 0.
    private int Verdict(string text)
    {
        Execute($"set @q = convert(x'{Convert.ToHexString(Encoding.UTF8.GetBytes(text))}' using utf8mb4)");
        return Run("prepare s from @q", _connection, out _);
    }

    // What the server counts the statement as, run by somebody who may do nothing; null if it counts nothing.
    private string? CountedAs(string text)
    {
        using var connection = new MySqlConnection($"Server=127.0.0.1;Port={_server.Port};User ID=powerless;Password=p;Database=app;Pooling=false;AllowUserVariables=true");
        connection.Open();
        var before = Counters(connection);
        if (Run(text, connection, out _) == SyntaxError)
            return null;
        var after = Counters(connection);
        return after.FirstOrDefault(pair => pair.Value > before.GetValueOrDefault(pair.Key) + (pair.Key == "Com_show_status" ? 1 : 0)).Key;
    }

    private static Dictionary<string, long> Counters(MySqlConnection connection)
    {
        var counters = new Dictionary<string, long>(StringComparer.Ordinal);
        using var command = new MySqlCommand("show session status like 'Com\\_%'", connection);
        using var reader = command.ExecuteReader();
        while (reader.Read())
            counters[reader.GetString(0)] = long.Parse(reader.GetString(1), CultureInfo.InvariantCulture);
        return counters;
    }

    private static StatementKind[] KindsOf(string counter) => counter["Com_".Length..] switch
    {
        // EXPLAIN is counted as what it explains, DESCRIBE and EXPLAIN FOR CONNECTION as SHOW, SET TRANSACTION as SET.
        "select" => [StatementKind.Select, StatementKind.Explain],
        "show_fields" or "show_explain" => [StatementKind.Show, StatementKind.Explain],
        "set_option" => [StatementKind.Set, StatementKind.Transaction],
        "insert" or "insert_select" or "replace" or "replace_select" or "load" => [StatementKind.Insert, StatementKind.Explain],
        "update" or "update_multi" => [StatementKind.Update, StatementKind.Explain],
        "delete" or "delete_multi" => [StatementKind.Delete, StatementKind.Explain],
        "call_procedure" or "do" => [StatementKind.Call],
        "begin" or "commit" or "rollback" or "rollback_to_savepoint" or "savepoint" or "release_savepoint" or "xa_start" or "xa_end" or "xa_prepare" or "xa_commit" or "xa_rollback"
            or "xa_recover" => [StatementKind.Transaction],
        "grant" or "grant_role" or "revoke" or "revoke_role" or "revoke_all" or "revoke_grant" or "truncate" or "rename_table" or "rename_user" => [StatementKind.Ddl],
        var other when other.StartsWith("show_", StringComparison.Ordinal) => [StatementKind.Show],
        var other when other.StartsWith("create_", StringComparison.Ordinal) || other.StartsWith("alter_", StringComparison.Ordinal) || other.StartsWith("drop_", StringComparison.Ordinal)
            => [StatementKind.Ddl],
        _ => [StatementKind.Other],
    };

    private void Execute(string statement) => Execute(statement, _connection);

    private static void Execute(string statement, MySqlConnection connection)
    {
        using var command = new MySqlCommand(statement, connection);
        command.ExecuteNonQuery();
    }

    private static int Run(string text, MySqlConnection connection, out List<string> names) => Run(text, connection, out names, null);

    private static int Run(string text, MySqlConnection connection, out List<string> names, Action<MySqlDataReader>? row)
    {
        names = [];
        try
        {
            using var command = new MySqlCommand(text, connection);
            using var reader = command.ExecuteReader();
            for (var i = 0; i < reader.FieldCount; i++)
                names.Add(reader.GetName(i));
            while (reader.Read())
                row?.Invoke(reader); // to the end: errors come late, too

            return 0;
        }
        catch (MySqlException refused)
        {
            return refused.Number == 0 ? -1 : refused.Number;
        }
    }

    private static long Number(string query, MySqlConnection connection)
    {
        using var command = new MySqlCommand(query, connection);
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
