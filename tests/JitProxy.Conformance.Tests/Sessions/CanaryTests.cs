using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>No masked value is in any byte that a client is sent, whatever statement was approved and however it runs.</summary>
[TestFixture(PostgresRelease.System)]
[TestFixture(PostgresRelease.Eighteen)]
internal sealed class CanaryTests(PostgresRelease release) : PostgresReleaseTests(release)
{
    private RecordingRelay _relay = null!;

    public static readonly string[] Statements =
    [
        "SELECT * FROM customers", "TABLE customers", "SELECT c FROM customers c", "SELECT c.* FROM customers c", "SELECT ROW(ssn, salary) FROM customers",
        "SELECT row_to_json(c) FROM customers c", "SELECT to_jsonb(c) FROM customers c", "SELECT json_agg(c) FROM customers c", "SELECT array_agg(c) FROM customers c",
        "SELECT json_build_object('s', ssn, 'b', born) FROM customers", "SELECT c::text FROM customers c", "SELECT (c).ssn FROM customers c",
        "SELECT ssn || email || phone FROM customers", "SELECT lower(ssn), upper(email), reverse(phone) FROM customers", "SELECT substring(ssn, 1, 6) FROM customers",
        "SELECT encode(photo, 'hex'), encode(photo, 'base64'), photo::text FROM customers", "SELECT profile ->> 'k', profile::text, profile -> 'k' FROM customers",
        "SELECT tags[1], array_to_string(tags, ','), unnest(tags) FROM customers", "SELECT uid::text, born::text, salary::text, worth::text FROM customers",
        "SELECT salary + 0, salary::bigint, salary::float8, worth * 1, -salary FROM customers", "SELECT to_char(born, 'YYYY MM DD'), born::timestamp, born + 0 FROM customers",
        "SELECT CASE WHEN id > 0 THEN ssn ELSE name END, coalesce(ssn, ''), nullif(ssn, ''), greatest(ssn, 'A') FROM customers",
        "SELECT max(ssn), min(email), string_agg(phone, ','), array_agg(ssn), max(born), max(salary) FROM customers", "SELECT ssn, count(*) FROM customers GROUP BY ssn",
        "SELECT DISTINCT ssn, salary FROM customers ORDER BY ssn", "SELECT first_value(ssn) OVER (ORDER BY id), lag(salary) OVER (ORDER BY id) FROM customers",
        "SELECT number, pay FROM people", "SELECT * FROM people", "SELECT p FROM people p", "SELECT * FROM payments", "SELECT card FROM payments_a UNION ALL SELECT card FROM payments_b",
        "SELECT name FROM customers UNION SELECT ssn FROM customers", "SELECT ssn FROM customers INTERSECT SELECT ssn FROM customers",
        "WITH c AS (SELECT ssn AS x FROM customers) SELECT x FROM c", "SELECT (SELECT ssn FROM customers WHERE id = o.customer_id) FROM orders o",
        "SELECT l.x FROM customers c, LATERAL (SELECT c.ssn AS x) l", "SELECT x.a, x.b FROM (SELECT id, ssn FROM customers) x(a, b)",
        "SELECT c.ssn FROM orders o JOIN customers c ON c.id = o.customer_id", "SELECT ssn FROM orders o JOIN customers c USING (id)", "VALUES ((SELECT ssn FROM customers WHERE id = 1))",
        "SELECT ssn::int FROM customers", "SELECT name FROM customers WHERE ssn::int = 1", "SELECT email::date FROM customers", "SELECT salary::smallint FROM customers",
        "SELECT 1 FROM customers ORDER BY phone::uuid", "SELECT count(*) FROM customers GROUP BY email::numeric", "SELECT tags::int[] FROM customers", "SELECT (profile ->> 'k')::int FROM customers",
        "SELECT name FROM customers c JOIN orders o ON o.id = c.ssn::int", "SELECT sum(ssn::int) FROM people JOIN customers ON number = ssn",
        "SELECT card::int FROM payments", "SELECT number::int FROM people",
    ];

    [OneTimeSetUp]
    public void Start() => _relay = new(Proxy.Port);

    [OneTimeTearDown]
    public async Task StopAsync() => await _relay.DisposeAsync();

    [TestCaseSource(nameof(Statements))]
    public async Task Masked_value_never_leaves(string statement)
    {
        await Proxy.GrantAsync(statement);
        await using var client = await WireClient.ConnectAsync(_relay.Port);
        _relay.Take();
        var (answers, simple) = await RecordAsync(client.Query(statement));
        Assert.That(answers, Does.Contain("C").Or.Contain("E"), "it ran, to its end or to an error");

        await RecordAsync(client.Query($"SELECT 1; {statement}"));
        foreach (var format in (short[])[0, 1])
        {
            var (extended, _) = await RecordAsync(client.Parse("", statement).Bind("", "", format).Describe(PgObjectKind.Portal, "").Execute("").Sync());
            Assert.That(extended[^2], Is.EqualTo(answers[^2]), "it ends in the same way");
            await RecordAsync(client.Parse("", statement).Bind("", "", format).Execute("").Sync());
            await RecordAsync(client.Parse("", statement).Bind("p", "", format).Execute("p", 1).Execute("p", 2).Close(PgObjectKind.Portal, "p").Sync());
            await RecordAsync(client.Parse("s", statement).Describe(PgObjectKind.Statement, "s").Sync());
            await RecordAsync(client.Bind("", "s", format).Describe(PgObjectKind.Portal, "").Sync());
            await RecordAsync(client.Bind("", "s", format).Execute("", 1).Sync());
            await RecordAsync(client.Close(PgObjectKind.Statement, "s").Sync());
        }

        await RecordAsync(client.Query("BEGIN"));
        await RecordAsync(client.Query(statement));
        await RecordAsync(client.Query("ROLLBACK"));
        Assert.That(simple, Is.Not.Empty);
    }

    [Test]
    public async Task Recorder_sees_what_is_not_masked()
    {
        const string Statement = "SELECT ssn, email, salary, born, uid, photo, worth FROM customers";
        var grant = await Proxy.GrantAsync(Statement, new(Unmask: true));
        await using var client = await WireClient.ConnectAsync(_relay.Port);
        await client.Query($"SET jit.grant = {grant}").RunAsync();
        _relay.Take();
        await client.Query(Statement).RunAsync();
        Assert.That(Canaries.FindIn(_relay.Take()), Is.SupersetOf(new[] { "\"CANARY\"", "\"1987654\"", "\"49876543\"", "\"1961-07\"", "\"7c0ffee7\"", "\"43414e415259\"" }));
        await client.Parse("", Statement).Bind("", "", 1).Execute("").Sync().RunAsync();
        Assert.That(Canaries.FindIn(_relay.Take()), Is.SupersetOf(new[] { "\"CANARY\"", "int4", "date", "uuid", "numeric" }));
    }

    [Test]
    public async Task Refused_statements_tell_nothing()
    {
        await using var client = await WireClient.ConnectAsync(_relay.Port);
        _relay.Take();
        foreach (var statement in (string[])["SELECT ssn::int FROM customers WHERE true", "SELECT ssn FROM customers LIMIT 1", "EXPLAIN ANALYZE SELECT ssn FROM customers", "SELECT * FROM pg_stats"])
        {
            Assert.That((await RecordAsync(client.Query(statement))).Answers, Is.EqualTo("EZ"));
            Assert.That((await RecordAsync(client.Parse("", statement).Bind("", "", 1).Execute("").Sync())).Answers, Is.EqualTo("EZ"));
        }
    }

    private async Task<(string Answers, byte[] Bytes)> RecordAsync(WireClient client)
    {
        var messages = await client.RunAsync();
        var bytes = _relay.Take();
        var found = Canaries.FindIn(bytes);
        Assert.That(found, Is.Empty, () => Encoding.Latin1.GetString(bytes));
        return (string.Concat(messages.Select(static m => (char)m.Tag)), bytes);
    }
}
