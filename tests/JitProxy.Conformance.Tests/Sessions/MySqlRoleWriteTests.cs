using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Role grants that write, on MariaDB and MySQL: what they may, that nothing else may with them, and that no masked value comes out by being stored.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class MySqlRoleWriteTests(MySqlProduct product)
{
    private const string Granted = "SELECT ssn FROM customers WHERE id = 4";
    private MySqlShop _shop = null!;

    private ThrowAwayProxy Proxy => _shop.Proxy;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _shop = await MySqlShop.StartAsync(product);
        _shop.Server.Execute(
            "CREATE TABLE app.notes (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(50), at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
            "CREATE TABLE app.copies (id INT, visible VARCHAR(200))",
            "CREATE TABLE other.notes (id INT, note VARCHAR(50))",
            "CREATE FUNCTION app.leak() RETURNS VARCHAR(50) READS SQL DATA RETURN (SELECT ssn FROM app.customers LIMIT 1)",
            "GRANT ALL ON *.* TO jitproxy@'%'");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _shop.DisposeAsync();

    [TearDown]
    public async Task EndGrantsAsync()
    {
        foreach (var grant in await Proxy.ActiveAsync())
            await Proxy.RevokeAsync(grant);

        _shop.Server.Execute("TRUNCATE app.notes", "TRUNCATE app.copies");
    }

    [Test]
    public async Task Rows_are_inserted_changed_and_deleted_and_the_trail_names_the_grant([Values] bool isPrepared)
    {
        var grant = await Proxy.GrantRoleAsync("writer");
        await using var connection = await OpenAsync();
        Assert.That(await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('a'), ('b')", isPrepared), Is.EqualTo(2));
        Assert.That(await ScalarAsync(connection, "SELECT LAST_INSERT_ID()"), Is.EqualTo(1));
        Assert.That(await ExecuteAsync(connection, "UPDATE notes SET note = CONCAT(note, '!') WHERE note = 'a'", isPrepared), Is.EqualTo(1));
        Assert.That(await ExecuteAsync(connection, "DELETE FROM notes WHERE note = 'b'", isPrepared), Is.EqualTo(1));
        Assert.That(await ExecuteAsync(connection, "REPLACE INTO notes (id, note) VALUES (1, 'c')", isPrepared), Is.EqualTo(2));
        Assert.That(await ExecuteAsync(connection, "INSERT INTO copies SELECT id, note FROM orders WHERE id < 3", isPrepared), Is.EqualTo(2));
        Assert.That(await AsRootAsync("SELECT GROUP_CONCAT(note) FROM app.notes"), Is.EqualTo("c"));
        var records = await Proxy.AuditAsync($"decision=authorized&grant={grant}");
        Assert.That(records.Select(static r => r.Statement), Has.Some.StartsWith("INSERT INTO notes").And.Some.StartsWith("UPDATE").And.Some.StartsWith("REPLACE"));
    }

    [Test]
    public async Task Command_line_writes_alone_and_in_transactions()
    {
        await Proxy.GrantRoleAsync("writer");
        var client = product == MySqlProduct.MariaDb ? MySqlClients.MariaDb : MySqlClients.MySql;
        const string Input = """
            INSERT INTO notes (note) VALUES ('one');
            BEGIN;
            SELECT COUNT(*) FROM notes;
            INSERT INTO notes (note) VALUES ('two');
            COMMIT;
            START TRANSACTION READ WRITE;
            INSERT INTO notes (note) VALUES ('gone');
            ROLLBACK;
            SET autocommit = 0;
            INSERT INTO notes (note) VALUES ('three');
            COMMIT;
            """;
        var run = await MySqlClients.RunAsync(client, Proxy.Port, [], Input);
        Assert.That((run.Output, run.Error), Is.EqualTo(("1\n", "")));
        Assert.That(await AsRootAsync("SELECT GROUP_CONCAT(note ORDER BY id) FROM app.notes"), Is.EqualTo("one,two,three"));
    }

    [Test]
    public async Task Definitions_are_known_to_the_next_statement_and_commit_what_is_open()
    {
        await Proxy.GrantRoleAsync("writer");
        await using var connection = await OpenAsync();
        foreach (var statement in (string[])[
            "BEGIN", "INSERT INTO notes (note) VALUES ('kept')", "CREATE TABLE mine (id INT PRIMARY KEY, note VARCHAR(9) DEFAULT 'x') ENGINE = InnoDB", "ROLLBACK",
            "INSERT INTO mine (id) VALUES (1)", "ALTER TABLE mine ADD COLUMN more INT DEFAULT 5", "UPDATE mine SET note = 'm'", "CREATE INDEX by_note ON mine (note)",
            "CREATE VIEW seen AS SELECT id, more FROM mine", "CREATE TABLE second AS SELECT id FROM mine"])
        {
            await ExecuteAsync(connection, statement);
        }

        Assert.That(await AsRootAsync("SELECT note FROM app.notes"), Is.EqualTo("kept"), "a definition commits");
        Assert.That(await ScalarAsync(connection, "SELECT more FROM seen JOIN second USING (id)"), Is.EqualTo(5));
        await ExecuteAsync(connection, "DROP VIEW seen");
        await ExecuteAsync(connection, "DROP TABLE mine, second");
    }

    // Each would put a masked value where it comes in clear, or reach what the grant is not for.
    [TestCase("INSERT INTO copies SELECT id, ssn FROM customers")]
    [TestCase("INSERT INTO copies SELECT id, number FROM people")]
    [TestCase("INSERT INTO copies SET id = 1, visible = (SELECT ssn FROM customers LIMIT 1)")]
    [TestCase("REPLACE INTO copies SELECT id, UPPER(ssn) FROM customers")]
    [TestCase("INSERT INTO copies SELECT id, IF(ssn LIKE 'C%', 'y', 'n') FROM customers")]
    [TestCase("INSERT INTO notes (id, note) VALUES (1, 'x') ON DUPLICATE KEY UPDATE note = (SELECT ssn FROM customers LIMIT 1)")]
    [TestCase("UPDATE customers SET name = ssn")]
    [TestCase("UPDATE customers SET phone = email, email = ssn WHERE id = 1")]
    [TestCase("UPDATE copies, customers SET copies.visible = customers.ssn")]
    [TestCase("UPDATE copies JOIN customers c USING (id) SET visible = c.ssn")]
    [TestCase("UPDATE copies SET visible = leak()")]
    [TestCase("DELETE copies FROM copies JOIN customers USING (id)")]
    [TestCase("CREATE TABLE stolen AS SELECT ssn FROM customers")]
    [TestCase("CREATE TABLE stolen (SELECT ssn FROM customers)")]
    [TestCase("CREATE TEMPORARY TABLE stolen SELECT * FROM customers")]
    [TestCase("CREATE TABLE stolen LIKE customers")]
    [TestCase("CREATE VIEW stolen AS SELECT ssn AS shown FROM customers")]
    [TestCase("CREATE OR REPLACE VIEW people AS SELECT id, ssn AS who, ssn AS number, salary AS pay FROM customers")]
    [TestCase("ALTER VIEW people AS SELECT id, ssn AS who FROM customers")]
    [TestCase("CREATE DEFINER = root@localhost VIEW stolen AS SELECT 1 AS a")]
    [TestCase("CREATE TRIGGER t AFTER UPDATE ON customers FOR EACH ROW INSERT INTO copies VALUES (OLD.id, OLD.ssn)")]
    [TestCase("CREATE TRIGGER t AFTER INSERT ON notes FOR EACH ROW INSERT INTO copies SELECT id, ssn FROM customers")]
    [TestCase("CREATE EVENT e ON SCHEDULE AT CURRENT_TIMESTAMP DO INSERT INTO copies SELECT id, ssn FROM customers")]
    [TestCase("CREATE PROCEDURE p() INSERT INTO copies SELECT id, ssn FROM customers")]
    [TestCase("CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1")]
    [TestCase("CALL p()")]
    [TestCase("RENAME TABLE customers TO clients")]
    [TestCase("RENAME TABLE people TO persons")]
    [TestCase("ALTER TABLE customers RENAME COLUMN ssn TO shown")]
    [TestCase("ALTER TABLE customers ADD shown VARCHAR(30) AS (ssn)")]
    [TestCase("ALTER TABLE copies EXCHANGE PARTITION p WITH TABLE customers")]
    [TestCase("CREATE TABLE merged (id INT, ssn VARCHAR(30)) ENGINE = MERGE UNION = (customers)")]
    [TestCase("CREATE TABLE far (id INT) ENGINE = FEDERATED CONNECTION = 'mysql://jitproxy@127.0.0.1/app/customers'")]
    [TestCase("CREATE TABLE far ENGINE=CONNECT TABLE_TYPE=MYSQL DBNAME=app TABNAME='customers'")]
    [TestCase("CREATE TABLE filed (a INT) DATA DIRECTORY = '/tmp'")]
    [TestCase("CREATE TABLE filed (a TEXT DEFAULT (LOAD_FILE('/etc/passwd')))")]
    [TestCase("DROP TABLE customers")]
    [TestCase("TRUNCATE customers")]
    [TestCase("LOAD DATA INFILE '/etc/passwd' INTO TABLE copies")]
    [TestCase("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE copies (visible)")]
    [TestCase("SELECT ssn FROM customers INTO OUTFILE '/tmp/x'")]
    [TestCase("INSERT INTO copies SELECT 1, LOAD_FILE('/etc/passwd')")]
    [TestCase("INSERT INTO copies SELECT 1, SLEEP(10)")]
    [TestCase("INSERT INTO copies SELECT 1, GET_LOCK('a', 1)")]
    [TestCase("INSERT INTO copies VALUES (1, @a)")]
    [TestCase("SELECT * FROM other.customers")]
    [TestCase("INSERT INTO other.notes VALUES (1, 'x')")]
    [TestCase("INSERT INTO copies SELECT id, name FROM other.customers")]
    [TestCase("CREATE TABLE other.mine (id INT)")]
    [TestCase("ALTER TABLE copies RENAME TO other.copies")]
    [TestCase("DROP TABLE other.notes")]
    [TestCase("UPDATE mysql.user SET host = '%'")]
    [TestCase("CREATE DATABASE more")]
    [TestCase("GRANT SELECT ON app.* TO somebody")]
    [TestCase("LOCK TABLES copies WRITE")]
    [TestCase("SET SESSION TRANSACTION READ WRITE")]
    [TestCase("SET transaction_read_only = 0")]
    [TestCase("PREPARE p FROM 'INSERT INTO copies SELECT id, ssn FROM customers'")]
    public async Task No_masked_value_comes_out_by_being_stored(string statement)
    {
        await Proxy.GrantRoleAsync("writer");
        await using var connection = await OpenAsync();
        var error = Assert.CatchAsync<MySqlException>(() => ExecuteAsync(connection, statement))!;
        Assert.That(error.Message, Does.Contain("may not run this statement"));
        Assert.That(await AsRootAsync("SELECT COUNT(*) FROM app.copies"), Is.Zero);
        Assert.That(await AsRootAsync("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'stolen'"), Is.Zero);
    }

    [TestCase("UPDATE notes SET note = 'x'", "not update")]
    [TestCase("INSERT INTO notes (id, note) VALUES (1, 'x') ON DUPLICATE KEY UPDATE note = 'y'", "not update")]
    [TestCase("REPLACE INTO notes (id, note) VALUES (1, 'x')", "not delete")]
    [TestCase("CREATE TABLE t (id INT)", "not ddl")]
    public async Task Each_kind_that_a_statement_has_must_be_the_roles(string statement, string why)
    {
        await Proxy.GrantRoleAsync("inserter");
        await using var connection = await OpenAsync();
        Assert.That(Assert.CatchAsync<MySqlException>(() => ExecuteAsync(connection, statement))!.Message, Does.Contain(why));
        Assert.That(await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('x')"), Is.EqualTo(1));
    }

    [Test]
    public async Task Statement_grant_does_not_run_in_a_transaction_that_may_write()
    {
        var role = await Proxy.GrantRoleAsync("writer");
        await Proxy.GrantAsync(Granted, new(Unmask: true));
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, "BEGIN");
        await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('first')");
        var error = Assert.CatchAsync<MySqlException>(() => ScalarAsync(connection, Granted))!;
        Assert.That(error.Message, Does.Contain($"it may write under grant {role}").And.Contain("End the transaction first"));
        await ExecuteAsync(connection, $"SET @jit_grant = {role}");
        Assert.That(await ScalarAsync(connection, Granted), Is.EqualTo("******"), "the role's, which never unmasks");
        await ExecuteAsync(connection, "SET @jit_grant = NULL");
        await ExecuteAsync(connection, "COMMIT");
        Assert.That(await ScalarAsync(connection, Granted), Is.EqualTo("CANARY-ssn-4"));
    }

    [Test]
    public async Task Server_itself_refuses_to_write_whenever_a_statement_grant_runs()
    {
        await Proxy.GrantRoleAsync("writer");
        await Proxy.GrantAsync(Granted, new(Unmask: true));
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('x')");
        var variable = product == MySqlProduct.MariaDb ? "@@tx_read_only" : "@@transaction_read_only";
        await ScalarAsync(connection, Granted);
        Assert.That(Convert.ToInt32(await ScalarAsync(connection, $"SELECT {variable}")), Is.EqualTo(1));
        await ExecuteAsync(connection, "DELETE FROM notes");
        await ExecuteAsync(connection, "START TRANSACTION READ ONLY");
        Assert.That(() => ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('x')"), Throws.InstanceOf<MySqlException>());
        await ExecuteAsync(connection, "ROLLBACK");
        Assert.That(await AsRootAsync("SELECT COUNT(*) FROM app.notes"), Is.Zero);
    }

    [TestCase("COMMIT")]
    [TestCase("BEGIN")]
    [TestCase("SET autocommit = 1")]
    [TestCase("CREATE TABLE t (id INT)")]
    public async Task What_was_written_under_a_grant_that_has_ended_is_not_committed(string statement)
    {
        var grant = await Proxy.GrantRoleAsync("writer");
        await using (var connection = await OpenAsync())
        {
            await ExecuteAsync(connection, "BEGIN");
            await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('late')");
            await Proxy.RevokeAsync(grant);
            Assert.That(() => ExecuteAsync(connection, statement), Throws.InstanceOf<MySqlException>().With.Property("Number").EqualTo(1142));
            await ExecuteAsync(connection, "ROLLBACK");
            Assert.That(await ScalarAsync(connection, "SELECT 1"), Is.EqualTo(1));
        }

        Assert.That(await AsRootAsync("SELECT COUNT(*) FROM app.notes"), Is.Zero);
    }

    private async Task<MySqlConnection> OpenAsync()
    {
        var connection = new MySqlConnection(MySqlShop.ConnectionStringFor(Proxy.Port) + ";SslMode=Required");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<int> ExecuteAsync(MySqlConnection connection, string statement, bool isPrepared = false)
    {
        await using var command = new MySqlCommand(statement, connection);
        if (isPrepared)
            await command.PrepareAsync();

        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        return await command.ExecuteScalarAsync();
    }

    private async Task<object?> AsRootAsync(string statement)
    {
        await using var connection = new MySqlConnection(_shop.Server.ConnectionString);
        await connection.OpenAsync();
        return await ScalarAsync(connection, statement);
    }
}
