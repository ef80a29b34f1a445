using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Audit;

/// <summary>The metrics of a proxy with sessions: read by Prometheus, and sent to a collector.</summary>
[TestFixture]
internal sealed class MetricsTests
{
    private const string Statement = "SELECT id, ssn FROM customers WHERE id < 3";
    private readonly HttpListener _collector = new();
    private readonly ConcurrentQueue<string> _sent = [];
    private AnyShop _shop = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var port = Ports.Free();
        _collector.Prefixes.Add($"http://127.0.0.1:{port}/v1/metrics/");
        _collector.Start();
        _ = Task.Run(CollectAsync);
        _shop = await AnyShop.StartAsync(AnyShop.PostgreSql, sections: $$"""
            metrics: { otlp: "http://127.0.0.1:{{port}}/v1/metrics/", headers: { Authorization: token }, interval: 200ms }
            """);
        await _shop.Proxy.GrantAsync(Statement);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _shop.DisposeAsync();
        _collector.Close();
    }

    [Test]
    public async Task Silent_sessions_rest_and_speak_again_as_if_they_had_not()
    {
        var sessions = new List<NpgsqlConnection>();
        try
        {
            for (var i = 0; i < 8; i++)
                sessions.Add(await OpenAsync());

            await using var prepared = new NpgsqlCommand(Statement, sessions[0]);
            await prepared.PrepareAsync();
            for (var round = 0; round < 2; round++)
            {
                await Task.WhenAll(sessions.Select(session => RunAsync(session, Statement)));
                Assert.That(await prepared.ExecuteScalarAsync(), Is.EqualTo(1));
                Assert.That(
                    async () => (await ReadAsync()).GetValueOrDefault("jitproxy_sessions_resting{server=\"shop\"}"), Is.EqualTo(8).After(30_000, 50));
                var now = await ReadAsync();
                Assert.That(now["jitproxy_sessions{server=\"shop\"}"], Is.EqualTo(8));
                Assert.That(now["jitproxy_upstream_connections{server=\"shop\",state=\"in_use\"}"], Is.Zero);
            }
        }
        finally
        {
            foreach (var session in sessions)
                await session.DisposeAsync();
        }
    }

    [Test]
    public async Task Gauges_follow_sessions_and_counters_what_they_ran()
    {
        var before = await ReadAsync();
        await using (var first = await OpenAsync())
        await using (var second = await OpenAsync())
        {
            for (var i = 0; i < 200; i++)
                await RunAsync(i % 2 == 0 ? first : second, Statement);
            Assert.That(async () => await RunAsync(first, "SELECT id FROM customers"), Throws.InstanceOf<PostgresException>());

            // A transaction has a connection to the server of its own.
            await RunAsync(first, "BEGIN");
            await RunAsync(first, Statement);
            var now = await ReadAsync();
            Assert.That(now["jitproxy_sessions{server=\"shop\"}"], Is.EqualTo(2));
            Assert.That(now["jitproxy_client_connections"], Is.EqualTo(2));
            Assert.That(now["jitproxy_upstream_connections{server=\"shop\",state=\"in_use\"}"], Is.GreaterThanOrEqualTo(1));
            Assert.That(now["jitproxy_upstream_connections_limit{server=\"shop\"}"], Is.EqualTo(10000));
            Assert.That(now["jitproxy_upstream_waiting{server=\"shop\"}"], Is.Zero);
            Assert.That(now["jitproxy_lanes{server=\"shop\"}"], Is.GreaterThanOrEqualTo(1));
            Assert.That(now["jitproxy_lane_connections{server=\"shop\"}"], Is.GreaterThanOrEqualTo(1));
            Assert.That(now["jitproxy_lane_executions_limit{server=\"shop\"}"], Is.GreaterThanOrEqualTo(64));
            Assert.That(now.Where(static m => m.Key.StartsWith("jitproxy_loop_sockets", StringComparison.Ordinal)).Sum(static m => m.Value), Is.GreaterThanOrEqualTo(4));
            await RunAsync(first, "COMMIT");
        }

        Assert.That(async () => (await ReadAsync()).GetValueOrDefault("jitproxy_sessions{server=\"shop\"}"), Is.Zero.After(30_000, 50));
        var after = await ReadAsync();
        Assert.That(Grown("jitproxy_executions_total{server=\"shop\",outcome=\"ok\"}"), Is.GreaterThanOrEqualTo(201));
        Assert.That(Grown("jitproxy_rows_total{server=\"shop\"}"), Is.GreaterThanOrEqualTo(402));
        Assert.That(Grown("jitproxy_masked_cells_total"), Is.EqualTo(402));
        Assert.That(Grown("jitproxy_decisions_total{server=\"shop\",decision=\"refused\"}"), Is.EqualTo(1));
        Assert.That(after["jitproxy_audit_writable"], Is.EqualTo(1));
        Assert.That(after.Keys, Has.None.Contains("alice"));

        double Grown(string name) => after[name] - before.GetValueOrDefault(name);
    }

    [Test]
    public void A_collector_gets_them_too() => Assert.That(
        () => _sent.LastOrDefault(), Does.StartWith("token {\"resourceMetrics\"").And.Contain("\"name\":\"jitproxy_upstream_connections\"").After(30_000, 50));

    [Test]
    public async Task Probes_need_no_token_and_say_what_is_well()
    {
        var (health, _) = await _shop.Proxy.GetTextAsync("/healthz");
        var (ready, text) = await _shop.Proxy.GetTextAsync("/readyz");
        Assert.That((health, ready), Is.EqualTo((200, 200)));
        Assert.That(text, Does.Contain("\"ready\":true").And.Contain("server shop").And.Not.Contain("reason"));
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_shop.Proxy.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    // By name with labels; every line has to be one that Prometheus reads.
    private async Task<Dictionary<string, double>> ReadAsync()
    {
        var (status, text) = await _shop.Proxy.GetTextAsync("/metrics");
        Assert.That(status, Is.EqualTo(200));
        var values = new Dictionary<string, double>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static l => l[0] != '#'))
        {
            var at = line.LastIndexOf(' ');
            Assert.That(line, Does.Match("^[a-z_]+(?:\\{[a-z_]+=\"[^\"]*\"(?:,[a-z_]+=\"[^\"]*\")*\\})? \\S+$"));
            values.Add(line[..at], double.Parse(line[(at + 1)..], CultureInfo.InvariantCulture));
        }

        return values;
    }

    private async Task CollectAsync()
    {
        try
        {
            while (true)
            {
                var context = await _collector.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                _sent.Enqueue($"{context.Request.Headers["Authorization"]} {await reader.ReadToEndAsync()}");
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
