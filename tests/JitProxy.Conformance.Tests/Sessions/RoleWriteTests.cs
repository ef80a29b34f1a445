using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Role grants that write, on a real PostgreSQL: what they may, that nothing else may with them, and that no masked value comes out by being stored.</summary>
[TestFixture]
internal sealed class RoleWriteTests
{
    private const string ReadsUnmasked = "SELECT id, ssn FROM customers WHERE id = 4";
    private ThrowAwayPostgres _server = null!;
    private ThrowAwayProxy _proxy = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await Shop.StartAsync();
        await RunAsServerAsync(
            """
            CREATE TABLE notes (id serial PRIMARY KEY, note text, at timestamptz DEFAULT now());
            CREATE TABLE copies (id int, visible text, marks int[]);
            CREATE FUNCTION leak() RETURNS text LANGUAGE sql STABLE AS 'SELECT ssn FROM customers LIMIT 1';
            GRANT ALL ON ALL TABLES IN SCHEMA public TO jitproxy;
            GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO jitproxy;
            GRANT CREATE ON SCHEMA public TO jitproxy;
            ALTER TABLE notes OWNER TO jitproxy;
            ALTER TABLE copies OWNER TO jitproxy;
            ALTER TABLE customers OWNER TO jitproxy;
            """);
        _proxy = await ThrowAwayProxy.StartAsync(_server);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [TearDown]
    public async Task EndGrantsAsync()
    {
        foreach (var grant in await _proxy.ActiveAsync())
            await _proxy.RevokeAsync(grant);
    }

    [Test]
    public async Task Rows_are_inserted_changed_and_deleted_and_the_trail_names_the_grant([Values] bool isPrepared)
    {
        var grant = await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync(isPrepared ? "" : "No Reset On Close=true");

        Assert.That(await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('a'), ('b')", isPrepared), Is.EqualTo(2));
        Assert.That(await ExecuteAsync(connection, "UPDATE notes SET note = note || '!' WHERE note = 'a'", isPrepared), Is.EqualTo(1));
        Assert.That(await ExecuteAsync(connection, "DELETE FROM notes WHERE note = 'b'", isPrepared), Is.EqualTo(1));
        Assert.That(await ExecuteAsync(connection, "INSERT INTO copies SELECT id, note FROM orders WHERE id < 3", isPrepared), Is.EqualTo(2));

        Assert.That(await RunAsServerAsync("SELECT string_agg(note, ',') FROM notes WHERE note LIKE 'a%'"), Is.EqualTo("a!"));
        var records = await _proxy.AuditAsync($"decision=authorized&grant={grant}");
        Assert.That(records.Select(static r => r.Statement), Has.Some.StartsWith("INSERT INTO notes").And.Some.StartsWith("UPDATE").And.Some.StartsWith("DELETE"));
        await RunAsServerAsync("TRUNCATE notes, copies");
    }

    [Test]
    public async Task Psql_writes_alone_in_transactions_and_several_at_once()
    {
        await _proxy.GrantRoleAsync("writer");
        var run = await _proxy.PsqlAsync(
            "-At", "-v", "ON_ERROR_STOP=1", "-c", "INSERT INTO notes (note) VALUES ('one') RETURNING note", "-c", "BEGIN; INSERT INTO notes (note) VALUES ('two'); COMMIT",
            "-c", "BEGIN", "-c", "SELECT count(*) FROM notes", "-c", "INSERT INTO notes (note) VALUES ('three')", "-c", "COMMIT",
            "-c", "INSERT INTO notes (note) VALUES ('four'); UPDATE notes SET note = 'five' WHERE note = 'four'");
        Assert.That(run.Output, Does.StartWith("one\nINSERT 0 1\n"), run.Error);
        Assert.That(await RunAsServerAsync("SELECT string_agg(note, ',' ORDER BY id) FROM notes"), Is.EqualTo("one,two,three,five"));
        await RunAsServerAsync("TRUNCATE notes");
    }

    [Test]
    public async Task Rollback_undoes_and_savepoints_hold()
    {
        await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('kept')");
            await transaction.SaveAsync("here");
            await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('gone')");
            await transaction.RollbackAsync("here");
            await transaction.CommitAsync();
        }

        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await ExecuteAsync(connection, "DELETE FROM notes");
            await transaction.RollbackAsync();
        }

        Assert.That(await RunAsServerAsync("SELECT string_agg(note, ',') FROM notes"), Is.EqualTo("kept"));
        await RunAsServerAsync("TRUNCATE notes");
    }

    [Test]
    public async Task Definitions_are_known_to_the_next_statement()
    {
        await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync();
        foreach (var statement in (string[])[
            "CREATE TABLE mine (id int PRIMARY KEY, note text DEFAULT lower('X'))", "INSERT INTO mine (id) VALUES (1)", "ALTER TABLE mine ADD COLUMN more text",
            "UPDATE mine SET more = 'm'", "CREATE INDEX ON mine (note)", "CREATE VIEW seen AS SELECT id, more FROM mine", "CREATE TABLE second AS SELECT id FROM mine"])
        {
            await ExecuteAsync(connection, statement);
        }

        Assert.That(await ScalarAsync(connection, "SELECT more FROM seen JOIN second USING (id)"), Is.EqualTo("m"));
        await ExecuteAsync(connection, "DROP VIEW seen");
        await ExecuteAsync(connection, "DROP TABLE mine, second");
    }

    [Test]
    public async Task Returned_rows_come_masked()
    {
        await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync();
        Assert.That(await ScalarAsync(connection, "UPDATE customers SET points = points WHERE id = 2 RETURNING ssn"), Is.EqualTo("******"));
        Assert.That(await ScalarAsync(connection, "INSERT INTO customers (id, ssn) VALUES (77, '1') RETURNING ssn"), Is.EqualTo("******"));
        Assert.That(await ScalarAsync(connection, "DELETE FROM customers c WHERE id = 77 RETURNING upper(c.ssn)"), Is.EqualTo("******"));
    }

    // Each would put a masked value where it comes in clear, or tell about it by where it cannot be put.
    [TestCase("INSERT INTO copies SELECT id, ssn FROM customers")]
    [TestCase("INSERT INTO copies SELECT id, number FROM people")]
    [TestCase("INSERT INTO copies (visible) VALUES ((SELECT ssn FROM customers LIMIT 1))")]
    [TestCase("INSERT INTO copies SELECT id, CASE WHEN ssn LIKE 'C%' THEN 'y' END FROM customers")]
    [TestCase("INSERT INTO copies SELECT c.id, row_to_json(c)::text FROM customers c")]
    [TestCase("UPDATE customers SET name = ssn")]
    [TestCase("UPDATE customers SET name = left(ssn, 3) WHERE id = 1")]
    [TestCase("UPDATE customers SET (name, points) = (SELECT ssn, 1)")]
    [TestCase("UPDATE copies SET visible = c.ssn FROM customers c WHERE c.id = copies.id")]
    [TestCase("UPDATE copies SET visible = leak()")]
    [TestCase("UPDATE copies SET marks[(SELECT ascii(ssn) FROM customers LIMIT 1)] = 1")]
    [TestCase("UPDATE copies SET marks[length(pg_read_file('/etc/passwd'))] = 1")]
    [TestCase("INSERT INTO copies (id, marks[(SELECT length(leak()))]) VALUES (1, 1)")]
    [TestCase("CREATE TABLE stolen AS EXECUTE \"jitproxy:s1\"")]
    [TestCase("INSERT INTO customers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = customers.ssn")]
    [TestCase("WITH moved AS (DELETE FROM customers WHERE id = 1 RETURNING id, ssn) INSERT INTO copies SELECT * FROM moved")]
    [TestCase("WITH stored AS (INSERT INTO copies SELECT id, ssn FROM customers RETURNING id) SELECT * FROM stored")]
    [TestCase("MERGE INTO copies t USING customers c ON c.id = t.id WHEN NOT MATCHED THEN INSERT VALUES (c.id, c.ssn)")]
    [TestCase("CREATE TABLE stolen AS SELECT ssn FROM customers")]
    [TestCase("CREATE TEMP TABLE stolen AS TABLE customers")]
    [TestCase("SELECT ssn INTO stolen FROM customers")]
    [TestCase("CREATE VIEW stolen AS SELECT ssn AS shown FROM customers")]
    [TestCase("CREATE OR REPLACE VIEW people AS SELECT id, ssn AS who, ssn AS number, salary AS pay FROM customers")]
    [TestCase("CREATE MATERIALIZED VIEW stolen AS SELECT ssn FROM customers")]
    [TestCase("CREATE TRIGGER t AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()")]
    [TestCase("CREATE RULE r AS ON UPDATE TO customers DO ALSO INSERT INTO copies VALUES (old.id, old.ssn)")]
    [TestCase("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ssn FROM customers'")]
    [TestCase("CREATE TABLE stolen (x text DEFAULT query_to_xml('select ssn from customers', true, true, '')::text)")]
    [TestCase("ALTER TABLE copies ALTER visible SET DEFAULT query_to_xml('select ssn from customers', true, true, '')::text")]
    [TestCase("ALTER TABLE customers RENAME COLUMN ssn TO shown")]
    [TestCase("ALTER TABLE customers RENAME TO clients")]
    [TestCase("ALTER TABLE people RENAME COLUMN number TO shown")]
    [TestCase("ALTER TABLE customers ADD shown text GENERATED ALWAYS AS (ssn) STORED")]
    [TestCase("CREATE TABLE parent (id int); ALTER TABLE customers INHERIT parent")]
    [TestCase("CREATE TABLE guess (ssn text REFERENCES customers (ssn))")]
    [TestCase("CREATE INDEX ON customers (ssn)")]
    [TestCase("DROP TABLE customers")]
    [TestCase("TRUNCATE customers")]
    [TestCase("COPY copies FROM PROGRAM 'id'")]
    [TestCase("DO $$BEGIN INSERT INTO copies SELECT id, ssn FROM customers; END$$")]
    [TestCase("PREPARE p AS INSERT INTO copies SELECT id, ssn FROM customers")]
    [TestCase("EXPLAIN ANALYZE INSERT INTO copies SELECT id, ssn FROM customers")]
    [TestCase("GRANT SELECT ON customers TO PUBLIC")]
    [TestCase("ALTER TABLE copies OWNER TO postgres")]
    [TestCase("CREATE EXTENSION dblink")]
    [TestCase("INSERT INTO copies SELECT 1, pg_read_file('/etc/passwd')")]
    [TestCase("INSERT INTO copies SELECT lo_export(1, '/tmp/x')")]
    [TestCase("INSERT INTO copies SELECT pg_sleep(10)")]
    [TestCase("INSERT INTO copies SELECT nextval('notes_id_seq'), setval('notes_id_seq', 1)::text")]
    [TestCase("UPDATE pg_class SET relname = 'x'")]
    [TestCase("SET default_transaction_read_only = off")]
    [TestCase("SET transaction_read_only = off")]
    [TestCase("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")]
    public async Task No_masked_value_comes_out_by_being_stored(string statement)
    {
        await _proxy.GrantRoleAsync("writer");
        foreach (var preference in (string[])["simple", "extended"])
        {
            await using var connection = await _proxy.OpenAsync();
            var error = preference == "simple"
                ? (await _proxy.PsqlAsync("-c", statement)).Error
                : Assert.CatchAsync<PostgresException>(() => ExecuteAsync(connection, statement))!.Message;
            Assert.That(error, Does.Contain("may not run this statement").Or.Contain("cannot insert multiple commands"), preference);
        }

        Assert.That(await RunAsServerAsync("SELECT count(*) FROM copies"), Is.Zero);
        Assert.That(await RunAsServerAsync("SELECT to_regclass('stolen') IS NULL"), Is.True);
        Assert.That(await RunAsServerAsync("SELECT count(*) FROM customers WHERE ssn LIKE 'CANARY%'"), Is.EqualTo(9));
    }

    // A role is no grant to carry data away, and what a COPY brings in was seen by nobody.
    [TestCase("COPY notes FROM STDIN", "COPY FROM writes to a table")]
    [TestCase("COPY notes (note) FROM STDIN (format csv)", "COPY FROM writes to a table")]
    [TestCase("COPY notes FROM '/etc/passwd'", "COPY FROM writes to a table")]
    [TestCase("COPY (SELECT id, ssn FROM customers) TO STDOUT", "does not include export")]
    [TestCase("COPY (WITH gone AS (DELETE FROM notes RETURNING note) SELECT note FROM gone) TO STDOUT", "does not include export")]
    [TestCase("COPY (DELETE FROM notes RETURNING note) TO STDOUT", "only COPY (query) TO STDOUT")]
    [TestCase("COPY notes TO STDOUT", "only COPY (query) TO STDOUT")]
    public async Task A_role_that_writes_copies_nothing_in_and_nothing_out(string copy, string why)
    {
        await _proxy.GrantRoleAsync("writer");
        await RunAsServerAsync("INSERT INTO notes (note) VALUES ('stays')");
        var run = await _proxy.PsqlAsync("-At", "-c", copy, "-c", "SELECT string_agg(note, ',') FROM notes");
        await RunAsServerAsync("TRUNCATE notes");
        Assert.That(run.Error, Does.Contain("may not run this statement").And.Contain(why));
        Assert.That(run.Output, Is.EqualTo("stays\n"), "and the session goes on");
    }

    [Test]
    public async Task What_the_session_has_prepared_does_not_run_under_another_name()
    {
        await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT id, ssn FROM customers WHERE id = 1", connection);
        await command.PrepareAsync();
        await command.ExecuteNonQueryAsync();
        for (var name = 1; name < 4; name++)
        {
            var error = Assert.CatchAsync<PostgresException>(() => ExecuteAsync(connection, $"CREATE TABLE stolen AS EXECUTE \"jitproxy:s{name}\""))!;
            Assert.That(error.SqlState, Is.EqualTo("42501"), error.MessageText);
        }

        Assert.That(await RunAsServerAsync("SELECT to_regclass('stolen') IS NULL"), Is.True);
    }

    [TestCase("UPDATE notes SET note = 'x'", "not update")]
    [TestCase("INSERT INTO notes (id, note) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = 'y'", "not update")]
    [TestCase("WITH gone AS (DELETE FROM notes RETURNING note) INSERT INTO notes (note) SELECT note FROM gone", "not delete")]
    [TestCase("WITH gone AS (DELETE FROM notes RETURNING note) SELECT note FROM gone", "not delete")]
    [TestCase("CREATE TABLE t (id int)", "not ddl")]
    [TestCase("EXPLAIN SELECT 1", "not explain")]
    public async Task Each_kind_that_a_statement_has_must_be_the_roles(string statement, string why)
    {
        await _proxy.GrantRoleAsync("inserter");
        await using var connection = await _proxy.OpenAsync();
        var error = Assert.CatchAsync<PostgresException>(() => ExecuteAsync(connection, statement))!;
        Assert.That(error.Detail, Does.Contain(why));
        Assert.That(await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('x')"), Is.EqualTo(1));
        await RunAsServerAsync("TRUNCATE notes");
    }

    [Test]
    public async Task Statement_grant_stays_read_only_in_a_transaction_that_writes()
    {
        await _proxy.GrantRoleAsync("writer");
        await _proxy.GrantAsync(ReadsUnmasked, new(Unmask: true));
        await using var connection = await _proxy.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('first')");
        Assert.That(await ScalarAsync(connection, "SHOW transaction_read_only"), Is.EqualTo("off"));

        Assert.That(await ScalarAsync(connection, ReadsUnmasked), Is.EqualTo(4), "the statement grant comes first");
        Assert.That(await ScalarAsync(connection, "SHOW transaction_read_only"), Is.EqualTo("on"));
        var error = Assert.CatchAsync<PostgresException>(() => ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('second')"))!;
        Assert.That((error.SqlState, error.Detail), Is.EqualTo(("42501", "it is read-only since a statement ran in it under a grant that only reads")));
        await transaction.RollbackAsync();
        Assert.That(await RunAsServerAsync("SELECT count(*) FROM notes"), Is.Zero);
    }

    [Test]
    public async Task Session_is_read_only_between_the_roles_transactions()
    {
        await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync();
        await ExecuteAsync(connection, "INSERT INTO copies VALUES (1, 'x')");
        Assert.That(await ScalarAsync(connection, "SHOW transaction_read_only"), Is.EqualTo("on"));
        Assert.That(await ScalarAsync(connection, "SHOW default_transaction_read_only"), Is.EqualTo("on"));
        await ExecuteAsync(connection, "DELETE FROM copies");
        Assert.That(await ScalarAsync(connection, "SHOW transaction_read_only"), Is.EqualTo("on"));
    }

    [Test]
    public async Task What_was_written_under_a_grant_that_has_ended_is_not_committed()
    {
        var grant = await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, "INSERT INTO notes (note) VALUES ('late')");
        await _proxy.RevokeAsync(grant);
        var error = Assert.CatchAsync<PostgresException>(() => transaction.CommitAsync())!;
        Assert.That(error.Detail, Does.Contain("it is revoked"));
        await connection.CloseAsync();
        Assert.That(await RunAsServerAsync("SELECT count(*) FROM notes"), Is.Zero);
    }

    [Test]
    public async Task Writes_end_with_the_role()
    {
        var grant = await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync();
        await using var command = new NpgsqlCommand("INSERT INTO notes (note) VALUES ('p')", connection);
        await command.PrepareAsync();
        Assert.That(await command.ExecuteNonQueryAsync(), Is.EqualTo(1));
        await _proxy.RevokeAsync(grant);
        Assert.That(() => command.ExecuteNonQueryAsync(), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42501"));
        await RunAsServerAsync("TRUNCATE notes");
    }

    [Test]
    public async Task Pipelines_write_as_one_transaction_and_errors_undo_them()
    {
        await _proxy.GrantRoleAsync("writer");
        await using var connection = await _proxy.OpenAsync();
        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { new("SELECT count(*) FROM notes"), new("INSERT INTO notes (note) VALUES ('b')") } })
            await batch.ExecuteNonQueryAsync();

        Assert.That(await RunAsServerAsync("SELECT count(*) FROM notes"), Is.EqualTo(1));
        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { new("DELETE FROM notes"), new("INSERT INTO notes (id) VALUES ('no number')") } })
            Assert.That(() => batch.ExecuteNonQueryAsync(), Throws.InstanceOf<PostgresException>());

        Assert.That(await RunAsServerAsync("SELECT count(*) FROM notes"), Is.EqualTo(1), "one transaction, undone");
        await RunAsServerAsync("TRUNCATE notes");
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string statement, bool isPrepared = false)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        if (isPrepared)
            await command.PrepareAsync();

        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync();
    }

    private Task<object?> RunAsServerAsync(string statements) => Shop.RunAsync(_server, "app", statements);
}
