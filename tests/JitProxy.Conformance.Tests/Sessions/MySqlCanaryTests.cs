using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>No masked value is in any byte that a client of MySQL's protocol is sent, whatever statement was approved and however it runs.</summary>
[TestFixture(MySqlProduct.MariaDb)]
[TestFixture(MySqlProduct.MySql)]
internal sealed class MySqlCanaryTests(MySqlProduct product) : MySqlProductTests(product)
{
    public static readonly string[] Statements =
    [
        "SELECT * FROM customers", "TABLE customers", "SELECT c.* FROM customers c", "SELECT customers.ssn AS `name` FROM customers", "SELECT ssn AS id, id AS ssn FROM customers",
        "SELECT `app`.`customers`.`ssn`, app.customers.salary FROM app.customers", "SELECT SSN, Salary FROM customers", "SELECT DISTINCT ssn, salary FROM customers ORDER BY ssn",
        "SELECT CONCAT(ssn, email, phone), CONCAT_WS('-', ssn, born) FROM customers", "SELECT LOWER(ssn), UPPER(email), REVERSE(phone), HEX(ssn), TO_BASE64(ssn), QUOTE(ssn) FROM customers",
        "SELECT SUBSTRING(ssn, 1, 6), LEFT(ssn, 6), RIGHT(ssn, 12), MID(ssn, 1, 6), LPAD(ssn, 30, 'x'), INSERT(ssn, 1, 0, 'x') FROM customers",
        "SELECT CAST(ssn AS BINARY), CONVERT(ssn USING latin1), ssn COLLATE utf8mb4_bin, BINARY ssn FROM customers", "SELECT HEX(photo), TO_BASE64(photo), photo FROM customers",
        "SELECT profile, JSON_EXTRACT(profile, '$.k'), JSON_UNQUOTE(JSON_EXTRACT(profile, '$.k')), JSON_KEYS(profile) FROM customers",
        "SELECT JSON_OBJECT('s', ssn, 'b', born), JSON_ARRAY(ssn, salary) FROM customers", "SELECT JSON_ARRAYAGG(ssn), JSON_OBJECTAGG(id, ssn) FROM customers",
        "SELECT salary + 0, -salary, salary * 1.0, CAST(salary AS CHAR), account, account + 0, CAST(account AS DECIMAL(30, 2)) FROM customers",
        "SELECT worth, worth * 1, CAST(worth AS CHAR), FORMAT(worth, 2), rate, rate + 0, weight, weight * 1 FROM customers",
        "SELECT born, born + 0, born + INTERVAL 0 DAY, DATE_FORMAT(born, '%Y-%m %d'), CAST(born AS DATETIME), TO_DAYS(born), EXTRACT(YEAR_MONTH FROM born) FROM customers",
        "SELECT seen, seen + 0, CAST(seen AS CHAR), DATE(seen), paid, paid + 0, UNIX_TIMESTAMP(paid), lap, CAST(lap AS CHAR), TIME_TO_SEC(lap), graduated FROM customers",
        "SELECT flags, flags + 0, HEX(flags), BIN(flags) FROM customers", "SELECT spot, ST_AsText(spot), ST_X(spot), HEX(spot) FROM customers",
        "SELECT CASE WHEN id > 0 THEN ssn ELSE name END, COALESCE(ssn, ''), IFNULL(ssn, ''), NULLIF(ssn, ''), IF(id > 0, ssn, ''), GREATEST(ssn, 'A'), LEAST(ssn, 'Z') FROM customers",
        "SELECT MAX(ssn), MIN(email), GROUP_CONCAT(phone SEPARATOR ','), MAX(born), MAX(salary), SUM(account), AVG(rate), BIT_OR(salary) FROM customers",
        "SELECT ssn, COUNT(*) FROM customers GROUP BY ssn", "SELECT ssn, COUNT(*) FROM customers GROUP BY ssn WITH ROLLUP",
        "SELECT FIRST_VALUE(ssn) OVER (ORDER BY id), LAG(salary) OVER (ORDER BY id), LEAD(born) OVER (ORDER BY id) FROM customers",
        "SELECT kind, tags FROM kinds", "SELECT kind + 0, CONCAT(kind), FIND_IN_SET('x', tags), MAKE_SET(1, kind) FROM kinds",
        "SELECT TABLE_NAME, ssn FROM information_schema.TABLES, customers", "SELECT number, pay FROM people", "SELECT * FROM people", "SELECT p.number FROM people p JOIN orders o ON o.id = p.id",
        "SELECT name FROM customers UNION SELECT ssn FROM customers", "SELECT name FROM customers UNION ALL SELECT email FROM customers ORDER BY 1 LIMIT 20",
        "SELECT 'a' UNION (SELECT ssn FROM customers LIMIT 1)", "SELECT ssn FROM customers INTERSECT SELECT ssn FROM customers", "SELECT ssn FROM customers EXCEPT SELECT name FROM customers",
        "WITH c AS (SELECT ssn AS x FROM customers) SELECT x FROM c", "WITH RECURSIVE c AS (SELECT id, ssn FROM customers WHERE id = 1 UNION ALL SELECT id + 1, ssn FROM c WHERE id < 3) SELECT * FROM c",
        "SELECT (SELECT ssn FROM customers WHERE id = o.customer_id) FROM orders o", "SELECT x.b FROM (SELECT id AS a, ssn AS b FROM customers) x", "SELECT d.y FROM (SELECT MAX(ssn) AS y FROM customers) d",
        "SELECT c.ssn FROM orders o JOIN customers c ON c.id = o.customer_id", "SELECT ssn FROM orders o JOIN customers c USING (id)", "SELECT ssn FROM orders NATURAL JOIN customers",
        "SELECT c.email FROM customers c RIGHT JOIN orders o ON o.id = c.id", "SELECT o.note, c.ssn FROM orders o LEFT JOIN (SELECT id, ssn FROM customers) c ON c.id = o.id",
        "SELECT STRCMP(ssn, 'A'), ssn = 'x', ssn LIKE 'CAN%', LENGTH(ssn), ASCII(ssn), CRC32(ssn), MD5(ssn), SHA2(ssn, 256) FROM customers",
        "SELECT CAST(ssn AS SIGNED), ssn + 0, CAST(email AS DATE), CAST(email AS DECIMAL(10, 2)) FROM customers", "SELECT name FROM customers WHERE ssn + 1 = 1", "SELECT 1 FROM customers WHERE CAST(email AS DATE) IS NULL",
        "SELECT EXTRACTVALUE('<a/>', CONCAT('/', ssn)) FROM customers", "SELECT name FROM customers WHERE EXTRACTVALUE('<a/>', CONCAT('~', ssn)) = ''", "SELECT UPDATEXML('<a/>', CONCAT('~', ssn), '') FROM customers",
        "SELECT JSON_EXTRACT(ssn, '$.a') FROM customers", "SELECT ST_GeomFromText(ssn) FROM customers", "SELECT name FROM customers WHERE JSON_VALID(ssn) AND JSON_EXTRACT(CONCAT(ssn, '}'), '$') IS NULL",
        "SELECT name FROM customers WHERE (SELECT ssn FROM customers) = 'x'", "SELECT CAST(CONCAT(salary, '000000000000000000000') AS UNSIGNED) FROM customers", "SELECT account * 1000000 FROM customers",
        "SELECT name REGEXP CONCAT('(', ssn) FROM customers", "SELECT STR_TO_DATE(ssn, '%Y'), DATE_ADD(email, INTERVAL 1 DAY), INET_ATON(ssn), UUID_TO_BIN(ssn) FROM customers",
        "SELECT STR_TO_DATE(ssn, '%Y'), DATE_ADD(email, INTERVAL 1 DAY) FROM customers",
    ];

    [TestCaseSource(nameof(Statements))]
    public async Task Masked_value_never_leaves(string statement)
    {
        try
        {
            await Shop.Proxy.GrantAsync(statement);
        }
        catch (InvalidOperationException e)
        {
            // What cannot be granted does not run; the server would not even read some of these.
            TestContext.Out.WriteLine(e.Message);
        }

        // Ends of results as OK packets, which have room for more than an EOF, and as EOF packets.
        foreach (var capabilities in (MySqlCapabilities[])[MySqlCapabilities.DeprecateEof | MySqlCapabilities.SessionTrack, MySqlCapabilities.None])
        {
            await using var client = await MySqlWireClient.ConnectAsync(Relay.Port, "alice", ThrowAwayProxy.Password, "app", capabilities);
            Relay.Take();
            var (isError, count) = await RunAsync(() => client.QueryAsync(statement));
            await ShowWarningsAsync(client);
            await RunAsync(() => client.QueryAsync("SELECT 1"));

            MySqlPrepared prepared;
            try
            {
                prepared = await client.PrepareAsync(statement);
            }
            catch (IOException)
            {
                No_masked_value_has_left();
                Assert.That(isError, "what runs as text can be prepared");
                continue;
            }

            No_masked_value_has_left();
            for (var i = 0; i < 2; i++)
                Assert.That(await RunAsync(() => client.ExecuteAsync(prepared)), Is.EqualTo((isError, count)), "it ends in the same way");

            await ShowWarningsAsync(client);
            var (hasFailed, _) = await RunAsync(() => client.ExecuteAsync(prepared, MySqlCursorKind.ReadOnly));
            if (hasFailed)
                continue;

            // A row, and then the rest of them.
            var rows = 0;
            for (var page = 1u; page < 20; page += 10)
            {
                var (failed, some) = await RunAsync(() => client.FetchAsync(prepared, page));
                rows += some;
                if (failed || some < page)
                    break;
            }

            Assert.That(rows, Is.LessThanOrEqualTo(count));
        }
    }

    [TestCase("SELECT ssn FROM customers LIMIT 1")]
    [TestCase("EXPLAIN SELECT ssn FROM customers WHERE id = 1")]
    [TestCase("EXPLAIN FORMAT=JSON SELECT ssn FROM customers WHERE id = 1")]
    [TestCase("EXPLAIN EXTENDED SELECT ssn FROM customers WHERE id = 1")]
    [TestCase("ANALYZE FORMAT=JSON SELECT ssn FROM customers WHERE id = 1")]
    [TestCase("EXPLAIN ANALYZE SELECT ssn FROM customers WHERE id = 1")]
    [TestCase("SELECT * FROM information_schema.COLUMN_STATISTICS")]
    [TestCase("SELECT * FROM mysql.column_stats")]
    [TestCase("SELECT * FROM information_schema.PROCESSLIST")]
    [TestCase("SHOW FULL PROCESSLIST")]
    [TestCase("SELECT * FROM information_schema.OPTIMIZER_TRACE")]
    [TestCase("SELECT * FROM performance_schema.events_statements_history")]
    [TestCase("HANDLER customers OPEN")]
    [TestCase("CHECKSUM TABLE customers")]
    [TestCase("SELECT ssn FROM customers PROCEDURE ANALYSE()")]
    [TestCase("SELECT ssn INTO @a FROM customers WHERE id = 1")]
    [TestCase("SET @a = (SELECT ssn FROM customers WHERE id = 1)")]
    [TestCase("SELECT @a := ssn FROM customers")]
    [TestCase("DO EXTRACTVALUE('<a/>', CONCAT('~', (SELECT ssn FROM customers LIMIT 1)))")]
    [TestCase("SET STATEMENT max_statement_time=5 FOR SELECT ssn FROM customers")]
    [TestCase("SHOW /*!50002 FULL */ TABLES WHERE 1 = (SELECT EXTRACTVALUE('<a/>', CONCAT('~', ssn)) FROM customers LIMIT 1)")]
    [TestCase("/*!40100 SELECT ssn FROM customers */")]
    [TestCase("/*!40100 SET @a = */ /*!40100 (SELECT ssn FROM customers LIMIT 1) */")]
    [TestCase("SELECT 1 /*!40100 UNION SELECT ssn FROM customers */")]
    [TestCase("SELECT 1 /*M!100100 , (SELECT ssn FROM customers LIMIT 1) */ /*!80000 , (SELECT ssn FROM customers LIMIT 1) */")]
    [TestCase("SELECT '/*!40100 ' , (SELECT ssn FROM customers LIMIT 1) , ' */'")]
    [TestCase("START TRANSACTION /*!40100 WITH CONSISTENT SNAPSHOT */; SELECT ssn FROM customers")]
    public async Task Refused_statements_tell_nothing(string statement)
    {
        await using var client = await MySqlWireClient.ConnectAsync(Relay.Port, "alice", ThrowAwayProxy.Password, "app");
        Relay.Take();
        var (isError, _) = await RunAsync(() => client.QueryAsync(statement));
        Assert.That(isError, Is.True);
        Assert.That(() => client.PrepareAsync(statement), Throws.InstanceOf<IOException>());
        await ShowWarningsAsync(client);
        Assert.That(await RunAsync(() => client.QueryAsync("SELECT @@version")), Is.EqualTo((false, 1)), "the connection stays usable");
        await RunAsync(() => client.QueryAsync("SELECT @a"));
    }

    [Test]
    public async Task Execution_of_the_statement_prepared_last_is_of_no_other()
    {
        await using var client = await MySqlWireClient.ConnectAsync(Relay.Port, "alice", ThrowAwayProxy.Password, "app");
        var last = new MySqlPrepared([], MySqlStmtExecute.LastStatementId, 0, [], []);
        Assert.That(await RunAsync(() => client.ExecuteAsync(last)), Is.EqualTo((true, 0)), "there is none");
        await client.PrepareAsync(MySqlShop.Granted);
        for (var i = 0; i < 2; i++)
            Assert.That(await RunAsync(() => client.ExecuteAsync(last)), Is.EqualTo((false, 2)));

        // The one before it is not meant where the last could not be prepared, here or at the server.
        Assert.That(() => client.PrepareAsync(MySqlShop.Refused), Throws.InstanceOf<IOException>());
        Assert.That(await RunAsync(() => client.ExecuteAsync(last)), Is.EqualTo((true, 0)));
        var second = await client.PrepareAsync(MySqlShop.Granted);
        await client.SendAsync((output, ref sequence) => MySqlStmtCommand.Write(output, ref sequence, MySqlCommand.StmtClose, second.Id, 0));
        Assert.That(await RunAsync(() => client.ExecuteAsync(last)), Is.EqualTo((true, 0)));
        No_masked_value_has_left();
    }

    private async Task ShowWarningsAsync(MySqlWireClient client)
    {
        foreach (var show in (string[])["SHOW WARNINGS", "SHOW ERRORS", "SHOW COUNT(*) WARNINGS", "SELECT @@warning_count"])
            await RunAsync(() => client.QueryAsync(show));
    }

    private async Task<(bool IsError, int RowCount)> RunAsync(Func<Task<MySqlAnswer>> command)
    {
        var answer = await command();
        No_masked_value_has_left();
        return (answer.IsError, answer.Rows.Count);
    }
}
