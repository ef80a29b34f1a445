using JitProxy.Server.Accept;
using JitProxy.Server.Measure;
using JitProxy.Server.Notify;
using JitProxy.Server.Outlets;
using JitProxy.Server.Tests.Sessions.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Measure;

/// <summary>What sessions do is what the metrics say.</summary>
internal sealed class ProxyMetricsTests
{
    private const string Statement = "SELECT id, ssn FROM customers";

    [Test]
    public async Task Numbers_are_those_of_what_happened()
    {
        var model = new ServerModel().Knows(Statement, ModelAnswer.Table("id:23:20001:1 ssn:25:20001:3", "1,a", "2,b"));
        await using var f = await new SessionFixture().StartAsync(model);
        await using var webhooks = new Webhooks(f.Desk, f.Trail.CountByGrant, static g => g.Statement, new(NullLogger<NotifyLog>.Instance), f.Clock);
        await using var forwarders = new AuditForwarders(f.Trail, f.Configuration.Audit, NullLogger.Instance, f.Clock);
        var limit = new ConnectionLimit(10);
        limit.TryEnter();
        var metrics = new ProxyMetrics(f.Trail, f.Desk, f.Watch, f.Services.Recorder, webhooks, forwarders, limit, static () => [], static () => [], f.Clock);
        await f.GrantAsync(Statement);
        await f.GrantAsync("SELECT note FROM orders", approve: false);
        await f.Client.Query(Statement).RunAsync();
        await f.Client.Query(Statement).RunAsync();
        await f.Client.Query("SELECT id FROM orders").RunAsync();
        await f.Client.Query("SELECT 'x").RunAsync();
        await f.Trail.FlushAsync();

        Assert.That(Of(metrics, "jitproxy_client_connections"), Is.EqualTo(new[] { " 1" }));
        Assert.That(Of(metrics, "jitproxy_client_connections_limit"), Is.EqualTo(new[] { " 10" }));
        Assert.That(Of(metrics, "jitproxy_sessions"), Is.EqualTo(new[] { "{server=\"shop\"} 1" }));
        Assert.That(Of(metrics, "jitproxy_executions_open"), Is.EqualTo(new[] { "{server=\"shop\"} 0" }));
        Assert.That(Of(metrics, "jitproxy_decisions_total"), Has.Member("{server=\"shop\",decision=\"granted\"} 2").And.Member("{server=\"shop\",decision=\"refused\"} 2"));
        Assert.That(Of(metrics, "jitproxy_refusals_total"), Is.EquivalentTo(new[] { "{reason=\"no_grant\"} 1", "{reason=\"unreadable\"} 1" }).Or.Member("{reason=\"statement_differs\"} 1"));
        Assert.That(Of(metrics, "jitproxy_executions_total"), Is.EqualTo(new[] { "{server=\"shop\",outcome=\"ok\"} 2" }));
        Assert.That(Of(metrics, "jitproxy_rows_total"), Is.EqualTo(new[] { "{server=\"shop\"} 4" }));
        Assert.That(Of(metrics, "jitproxy_masked_cells_total"), Is.EqualTo(new[] { " 4" }));
        Assert.That(Of(metrics, "jitproxy_execution_duration_seconds_count"), Is.EqualTo(new[] { " 2" }));
        Assert.That(Of(metrics, "jitproxy_audit_lag_records"), Is.EqualTo(new[] { " 0" }));
        Assert.That(Of(metrics, "jitproxy_audit_records"), Is.EqualTo(new[] { $" {f.Trail.LastSeq}" }));
        Assert.That(Of(metrics, "jitproxy_audit_writable"), Is.EqualTo(new[] { " 1" }));
        Assert.That(Of(metrics, "jitproxy_grants_pending"), Is.EqualTo(new[] { " 1" }));
        Assert.That(Of(metrics, "jitproxy_grants"), Is.EqualTo(new[] { " 2" }));
        Assert.That(metrics.Write(), Does.Not.Contain("alice").And.Not.Contain("shop/app"), "no series by user or database");
    }

    [Test]
    public async Task What_is_under_way_counts_until_it_ends()
    {
        await using var f = await new SessionFixture().StartAsync();
        await using var webhooks = new Webhooks(f.Desk, f.Trail.CountByGrant, static g => g.Statement, new(NullLogger<NotifyLog>.Instance), f.Clock);
        await using var forwarders = new AuditForwarders(f.Trail, f.Configuration.Audit, NullLogger.Instance, f.Clock);
        var metrics = new ProxyMetrics(f.Trail, f.Desk, f.Watch, f.Services.Recorder, webhooks, forwarders, new(1), static () => [], static () => [], f.Clock);
        await f.GrantAsync(Statement);
        await f.Client.Query(Statement).SendAsync();
        Assert.That(() => Of(metrics, "jitproxy_executions_open"), Is.EqualTo(new[] { "{server=\"shop\"} 1" }).After(30_000, 20));

        using (f.HoldTrail())
        {
            f.Trail.TryRecord(new() { Event = JitProxy.Storage.Audit.AuditEvent.Login }, out _, out _);
            Assert.That(() => Of(metrics, "jitproxy_audit_writable"), Is.EqualTo(new[] { " 0" }).After(30_000, 20), "a commit does not return");
        }
    }

    private static string[] Of(ProxyMetrics metrics, string name) =>
    [
        .. metrics.Write().Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is '{' or ' ').Select(line => line[name.Length..]),
    ];
}
