using System.Security.Cryptography;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Wire.Postgres;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Export;

/// <summary><c>COPY (granted statement) TO STDOUT</c> on the wire, held against what the server itself writes.</summary>
[TestFixture]
internal sealed class CopyTests
{
    private const string InClear = "SELECT id, name, born, vip, note, doc, photo, worth, ratio, at FROM customers ORDER BY id";
    private const string Masked = "SELECT id, ssn, email, salary FROM customers ORDER BY id";
    private const string Nothing = "SELECT n FROM numbers WHERE n < 0";
    private const string Capped = "SELECT n FROM numbers ORDER BY n";

    private AnyShop _shop = null!;

    private ThrowAwayProxy Proxy => _shop.Proxy;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _shop = await AnyShop.StartAsync(AnyShop.PostgreSql);
        foreach (var statement in (string[])[InClear, Masked, Nothing, Capped])
            await Proxy.GrantAsync(statement, new(Export: true));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _shop.DisposeAsync();

    [TestCase("")]
    [TestCase("(header)")]
    [TestCase("(delimiter '|', null '')")]
    [TestCase("(delimiter ',', null 'NULL', header)")]
    [TestCase("(format csv)")]
    [TestCase("(format csv, header)")]
    [TestCase("(format csv, force_quote *, null 'NULL', delimiter ';')")]
    [TestCase("(format csv, header, force_quote (note, ID, doc))")]
    [TestCase("csv force quote name, \"at\"")]
    [TestCase("(format csv, quote '''', escape '\"')")]
    [TestCase("(format csv, null 'plain')")]
    [TestCase("with csv header")]
    public async Task Text_is_what_the_server_writes_to_the_byte(string options)
    {
        var copy = $"COPY ({InClear}) TO STDOUT {options}";

        var run = await Proxy.PsqlAsync("-q", "-c", copy);
        var direct = await ProcessRun.RunAsync("psql", ["-X", "-q", "-h", "127.0.0.1", "-p", $"{_shop.ServerPort}", "-U", "postgres", "app", "-c", copy]);
        Assert.That(direct.Output, Does.Contain("name1"), direct.Error);
        Assert.That(run.Output, Is.EqualTo(direct.Output), run.Error);
    }

    [TestCase(InClear)]
    [TestCase(Nothing)]
    public async Task Binary_is_what_the_server_writes_to_the_byte(string statement) => Assert.That(
        await ReadBinaryAsync($"{Proxy.ConnectionString};Pooling=false", statement),
        Is.EqualTo(await ReadBinaryAsync($"Host=127.0.0.1;Port={_shop.ServerPort};Username=postgres;Database=app;Pooling=false", statement)));

    [Test]
    public async Task Masked_columns_leave_masked_in_every_format()
    {
        var text = await Proxy.PsqlAsync("-q", "-c", $"COPY ({Masked}) TO STDOUT", "-c", $"COPY ({Masked}) TO STDOUT (format csv)");
        Assert.That(text.Output, Is.EqualTo("1\t******\tC**************.com\t1990000\n2\t******\t\\N\t1990000\n3\t\\N\t\\N\t\\N\n1,******,C**************.com,1990000\n2,******,,1990000\n3,,,\n"));

        var binary = await ReadBinaryAsync($"{Proxy.ConnectionString};Pooling=false", Masked);
        Assert.That(binary.AsSpan().IndexOf("CANARY"u8), Is.Negative);
        Assert.That(binary.AsSpan().IndexOf((byte[])[0, 0, 0, 4, 0x00, 0x1E, 0x54, 0x46]), Is.Negative, "the salary");
        Assert.That(binary.AsSpan().IndexOf("******"u8), Is.Positive);
    }

    [Test]
    public async Task With_unmask_a_copy_is_in_clear_and_without_export_it_is_none()
    {
        const string Statement = "SELECT ssn FROM customers WHERE id = 1";
        var unmasked = await Proxy.GrantAsync(Statement, new(Unmask: true));
        Assert.That((await Proxy.PsqlAsync("-q", "-c", $"COPY ({Statement}) TO STDOUT")).Error, Does.Contain("does not include export"));
        await Proxy.GrantAsync(Statement, new(Unmask: true, Export: true));
        Assert.That((await Proxy.PsqlAsync("-q", "-c", $"COPY ({Statement}) TO STDOUT")).Output, Is.EqualTo("CANARY-1\n"));
        await Proxy.RevokeAsync(unmasked);
    }

    [Test]
    public async Task A_driver_reads_binary_rows()
    {
        await using var connection = await Proxy.OpenAsync();
        await using var reader = await connection.BeginBinaryExportAsync($"COPY ({Masked}) TO STDOUT (FORMAT BINARY)");
        Assert.That(await reader.StartRowAsync(), Is.EqualTo(4));
        Assert.That((await reader.ReadAsync<int>(), await reader.ReadAsync<string>()), Is.EqualTo((1, "******")));
    }

    [Test]
    public async Task Extended_protocol_copies_too_and_the_session_goes_on()
    {
        await using var client = await WireClient.ConnectAsync(Proxy.Port);

        var answers = await client.Parse("s", $"COPY ({Masked}) TO STDOUT").Describe(PgObjectKind.Statement, "s").Bind("", "s").Execute("").Sync().RunAsync();
        Assert.That(string.Concat(answers.Select(static m => (char)m.Tag)), Is.EqualTo("1tn2HdddcCZ"));
        Assert.That(Encoding.ASCII.GetString(answers[^2].Body), Is.EqualTo("COPY 3\0"));
        Assert.That(string.Concat((await client.Query(Capped).RunAsync()).Select(static m => (char)m.Tag)).Trim('D'), Does.StartWith("TD").And.EndWith("CZ"));
    }

    [Test]
    public async Task A_copy_is_recorded_as_an_export_with_the_hash_of_what_left()
    {
        var run = await Proxy.PsqlAsync("-q", "-c", $"COPY ({Masked}) TO STDOUT (format csv)");

        var records = await Proxy.AuditAsync();
        var exported = records.FindLast(static r => r.Event == "exported" && r.Detail!.Contains("copy csv", StringComparison.Ordinal))!;
        Assert.That(exported.Detail, Does.EndWith(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run.Output)))));
        Assert.That((exported.Rows, exported.Bytes, exported.Outcome), Is.EqualTo((3L, (long)run.Output.Length, "ok")));
        var begun = records.Find(r => r.Seq == exported.Execution)!;
        Assert.That((begun.Event, begun.Statement, begun.Grant), Is.EqualTo(("authorized", Masked, exported.Grant)));
        Assert.That(records.Exists(r => r.Event == "export_started" && r.Execution == exported.Execution && r.Seq < exported.Seq), Is.True);
    }

    [Test]
    public async Task Without_export_it_is_refused_and_the_hint_asks_for_the_statement_inside()
    {
        const string Statement = "SELECT id FROM customers WHERE id = 1";
        await Proxy.GrantAsync(Statement);

        var refused = await Proxy.PsqlAsync("-q", "-c", $"COPY ({Statement}) TO STDOUT");
        Assert.That(refused.Error, Does.Contain("does not include export").And.Match(@"--denied [0-9]+ --export"));
        var missed = await Proxy.PsqlAsync("-q", "-c", $"COPY ({Statement.Replace("= 1", "= 2", StringComparison.Ordinal)}) TO STDOUT");
        Assert.That(missed.Error, Does.Contain("has \"1\", this has \"2\"").Or.Contain("this has \"id = 2\""));

        var denied = missed.Error[(missed.Error.IndexOf("--denied ", StringComparison.Ordinal) + 9)..].Split(' ')[0];
        var asked = await Proxy.CommandAsync("request", "--denied", denied, "--reason", "r", "--as", "alice", "--json");
        Assert.That(asked.Output, Does.Contain("\"export\": true").And.Contain("\"statement\": \"SELECT id FROM customers WHERE id = 2\""), asked.Error);
    }

    [TestCase("COPY customers TO STDOUT", "name the query in parentheses")]
    [TestCase("COPY customers FROM STDIN", "writes to a table")]
    [TestCase("COPY (SELECT id FROM customers) TO '/tmp/x'", "file or program")]
    [TestCase("COPY (SELECT relname FROM pg_class) TO STDOUT", "run the statement itself")]
    [TestCase("COPY (SELECT ssn FROM customers) TO STDOUT", "no active grant")]
    public async Task Any_other_copy_is_refused_with_the_reason(string copy, string why)
    {
        var run = await Proxy.PsqlAsync("-At", "-c", copy, "-c", "SELECT 'still here'");
        Assert.That(run.Error, Does.Contain(why).And.Not.Contain("CANARY"));
        Assert.That(run.Output, Is.EqualTo("still here\n"));
    }

    // As the server says it, which reads the names only now.
    [TestCase("(format csv, force_quote (nobody))", "column \"nobody\" does not exist")]
    [TestCase("(format csv, force_quote (\"ID\"))", "column \"ID\" does not exist")]
    [TestCase("(format csv, force_quote (id, id))", "column \"id\" specified more than once")]
    public async Task Columns_to_quote_that_are_not_there_are_an_error_and_nothing_leaves(string options, string why)
    {
        var run = await Proxy.PsqlAsync("-At", "-c", $"COPY ({InClear}) TO STDOUT {options}", "-c", "SELECT 'still here'");
        Assert.That((run.Error, run.Output), Is.EqualTo(($"ERROR:  {why}\n", "still here\n")));
    }

    [Test]
    public async Task The_server_gives_a_copy_the_time_of_an_export_and_a_client_may_give_it_less()
    {
        await using var connection = await Proxy.OpenAsync();
        Assert.That(await CopyAndShowAsync(), Is.EqualTo("3605s"), "for the transaction");
        Assert.That(await ShowAsync(), Is.EqualTo("35s"), "and no longer");
        await RunAsync("SET statement_timeout = '12s'");
        Assert.That(await CopyAndShowAsync(), Is.EqualTo("12s"), "what the client said");

        async Task<string> CopyAndShowAsync()
        {
            await RunAsync("BEGIN");
            using (var reader = await connection.BeginTextExportAsync($"COPY ({Masked}) TO STDOUT"))
                Assert.That(await reader.ReadToEndAsync(), Does.StartWith("1\t******"));

            var shown = await ShowAsync();
            await RunAsync("COMMIT");
            return shown;
        }

        async Task<string> ShowAsync()
        {
            await using var command = new NpgsqlCommand("SHOW statement_timeout", connection);
            return (string)(await command.ExecuteScalarAsync())!;
        }

        async Task RunAsync(string text)
        {
            await using var command = new NpgsqlCommand(text, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Test]
    public async Task Revocation_ends_a_copy_under_way_and_the_record_says_so()
    {
        const string Endless = "SELECT a.n, b.n AS m FROM numbers a, numbers b";
        var grant = await Proxy.GrantAsync(Endless, new(Export: true));
        await using var connection = await Proxy.OpenAsync();
        using var reader = await connection.BeginTextExportAsync($"COPY ({Endless}) TO STDOUT");
        await reader.ReadLineAsync();

        await Proxy.RevokeAsync(grant);
        var error = Assert.CatchAsync<PostgresException>(async () =>
        {
            while (await reader.ReadLineAsync() is not null)
            {
                // Until it ends.
            }
        });
        Assert.That(error!.MessageText, Does.Contain("revoked"));
        var exported = (await Proxy.AuditAsync($"grant={grant}")).Find(static r => r.Event == "exported")!;
        Assert.That((exported.Outcome, exported.Rows > 0), Is.EqualTo(("refused", true)));
    }

    private static async Task<byte[]> ReadBinaryAsync(string connectionString, string statement)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var copy = await connection.BeginRawBinaryCopyAsync($"COPY ({statement}) TO STDOUT (FORMAT BINARY)");
        using var all = new MemoryStream();
        await copy.CopyToAsync(all);
        return all.ToArray();
    }
}
