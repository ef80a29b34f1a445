using System.Diagnostics;
using System.Globalization;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Names that come to mean something else on a real server while a session is open: at no moment a masked value leaves through a view.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class MySqlCatalogueChangeTests(MySqlProduct product)
{
    /// <summary>Longer than probes are apart, and than a busy machine makes of it.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private MySqlShop _shop = null!;
    private RecordingRelay _relay = null!;

    private UpstreamConfiguration Target => new()
    {
        Host = "127.0.0.1",
        Port = _shop.Server.Port!.Value,
        User = "jitproxy",
        Password = "jitproxy-password",
        Tls = UpstreamTlsMode.VerifyFull,
        Ca = _shop.Certificate,
    };

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _shop = await Shared.ShopAsync(product);
        _relay = new(_shop.Proxy.Port);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_relay is not null)
            await _relay.DisposeAsync();
    }

    [TestCase("plain", "CREATE OR REPLACE VIEW app.# AS SELECT id, name AS a, ssn AS b FROM app.customers", "CREATE OR REPLACE VIEW app.# AS SELECT id, ssn AS a, name AS b FROM app.customers")]
    [TestCase("merged", "CREATE OR REPLACE ALGORITHM=TEMPTABLE VIEW app.# AS SELECT id, name AS a, ssn AS b FROM app.customers", "CREATE OR REPLACE ALGORITHM=TEMPTABLE VIEW app.# AS SELECT id, ssn AS a, name AS b FROM app.customers")]
    [TestCase("nested", "CREATE OR REPLACE VIEW app.#w AS SELECT id, name AS x, ssn AS y FROM app.customers; CREATE OR REPLACE VIEW app.# AS SELECT id, x AS a, y AS b FROM app.#w", "CREATE OR REPLACE VIEW app.#w AS SELECT id, ssn AS x, name AS y FROM app.customers")]
    public async Task View_whose_columns_were_swapped_gives_nothing_away(string name, string before, string after)
    {
        var view = $"change_{name}";
        _shop.Server.Execute([.. before.Replace("#", view, StringComparison.Ordinal).Split(';')]);
        var statement = $"SELECT a, b FROM {view} WHERE id = 1";
        await _shop.Proxy.GrantAsync(statement);
        await using var connection = await OpenAsync();
        await using var text = new MySqlCommand(statement, connection);
        await using var prepared = new MySqlCommand(statement, connection);
        await using var fresh = new MySqlCommand(statement, connection);
        await prepared.PrepareAsync();
        await fresh.PrepareAsync();
        await UntilAsync(async () => await ReadAsync(text) == "name1,******" && await ReadAsync(prepared) == "name1,******", "the view is new, and not known");

        // So often that it would run on a shared connection if it read a table.
        for (var i = 0; i < 40; i++)
            Assert.That(await ReadAsync(i % 2 == 0 ? text : prepared), Is.EqualTo("name1,******"));

        _shop.Server.Execute([.. after.Replace("#", view, StringComparison.Ordinal).Split(';')]);

        // At once: one that was only prepared so far, one that ran, and one in text. Then, sooner or later, all are masked where the values are now.
        foreach (var command in new[] { fresh, text, prepared, fresh })
            Assert.That(await ReadAsync(command), Is.AnyOf("ERROR 1412", "******,name1"));

        await UntilAsync(async () => await ReadAsync(text) == "******,name1" && await ReadAsync(prepared) == "******,name1", "the view does not come back");
        Assert.That(Canaries.FindInMySql(_relay.Take()), Is.Empty);
    }

    [Test]
    public async Task Table_that_a_view_took_the_place_of_is_noticed()
    {
        _shop.Server.Execute("CREATE TABLE app.change_table AS SELECT id, name AS a FROM app.customers");
        const string Statement = "SELECT id, a FROM change_table WHERE id = 1";
        await _shop.Proxy.GrantAsync(Statement);
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(Statement, connection);
        await command.PrepareAsync();
        await UntilAsync(async () => await ReadAsync(command) == "1,name1", "the table is new, and not known");

        _shop.Server.Execute("RENAME TABLE app.change_table TO app.change_former", "CREATE VIEW app.change_table AS SELECT id, ssn AS a FROM app.customers");
        await UntilAsync(async () => await ReadAsync(command) == "1,******", "still in clear");
        _relay.Take();
    }

    [Test]
    public async Task Probe_says_something_else_after_every_change_and_the_same_without_one()
    {
        _shop.Server.Execute("CREATE TABLE app.probe_table (id INT, a INT)", "CREATE VIEW app.probe_view AS SELECT id, a FROM app.probe_table");
        var last = await PrintAsync();
        _shop.Server.Execute("INSERT INTO app.probe_table VALUES (1, 2)", "ANALYZE TABLE app.probe_table");
        Assert.That(await PrintAsync(), Is.EqualTo(last), "rows are no names");
        string[] changes =
        [
            "ALTER TABLE app.probe_table ADD b INT", "ALTER TABLE app.probe_table MODIFY b BIGINT", "ALTER TABLE app.probe_table CHANGE b c BIGINT",
            "ALTER TABLE app.probe_table MODIFY c BIGINT FIRST", "ALTER TABLE app.probe_table DROP c", "ALTER TABLE app.probe_table ENGINE=MyISAM",
            "CREATE OR REPLACE VIEW app.probe_view AS SELECT a AS id, id AS a FROM app.probe_table", "RENAME TABLE app.probe_table TO app.probe_other",
            "CREATE TABLE app.probe_table (id INT, a INT)", "DROP VIEW app.probe_view", "DROP TABLE app.probe_table, app.probe_other",
        ];
        foreach (var change in changes)
        {
            _shop.Server.Execute(change);
            var now = await PrintAsync();
            Assert.That(now, Is.Not.EqualTo(last), change);
            last = now;
        }
    }

    [Test]
    public async Task View_is_known_again_by_its_definition_as_the_catalogue_has_it()
    {
        _shop.Server.Execute(@"CREATE OR REPLACE VIEW app.`odd 'name\` AS SELECT id, 'it''s \\ and ""more"" ä' AS a FROM app.customers");
        var catalogue = await MySqlCatalogueReader.ReadAsync(Target, "app", CancellationToken.None);
        var views = catalogue.Relations.Where(static r => r is { Kind: RelationKind.View, Definition: not null }).ToArray();
        Assert.That(views.Select(static v => v.Name), Does.Contain(@"odd 'name\").And.Contain("people"));
        await using var probe = new MySqlCatalogueProbe(TimeProvider.System);
        Assert.That(await probe.FindChangeAsync(Target, [.. views], CancellationToken.None), Is.Null);
        var gone = views[0] with { Name = "gone" };
        Assert.That(await probe.FindChangeAsync(Target, [gone], CancellationToken.None), Does.Contain("gone is not what it was"));
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, string otherwise)
    {
        for (var clock = Stopwatch.StartNew(); !await isSo();)
            Assert.That(clock.Elapsed, Is.LessThan(Soon), otherwise);
    }

    private async Task<string?> PrintAsync()
    {
        await using var probe = new MySqlCatalogueProbe(TimeProvider.System);
        return await probe.ReadAsync(Target, CancellationToken.None);
    }

    private static async Task<string> ReadAsync(MySqlCommand command)
    {
        try
        {
            await using var reader = await command.ExecuteReaderAsync();
            var words = new StringBuilder();
            while (await reader.ReadAsync())
                words.AppendJoin(',', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)));

            return words.ToString();
        }
        catch (MySqlException e)
        {
            return $"ERROR {e.Number}";
        }
    }

    private async Task<MySqlConnection> OpenAsync()
    {
        var connection = new MySqlConnection($"{MySqlShop.ConnectionStringFor(_relay.Port)};SslMode=None;AllowPublicKeyRetrieval=true");
        await connection.OpenAsync();
        return connection;
    }
}
