// Task: what the proxy counts, read when somebody asks. Executions, rows, bytes and durations come from the thread that writes the audit trail, so
// that no statement pays for them; the rest is looked up where it is.
using System.Diagnostics;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Accept;
using JitProxy.Server.Decide;
using JitProxy.Server.Notify;
using JitProxy.Server.Outlets;
using JitProxy.Server.Record;
using JitProxy.Server.Sessions;
using JitProxy.Server.Share;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Measure;

/// <summary>The metrics of a running proxy.</summary>
/// <param name="Trail">The audit trail.</param>
/// <param name="Desk">Grants.</param>
/// <param name="Watch">Sessions.</param>
/// <param name="Recorder">Refusals.</param>
/// <param name="Webhooks">Messages that wait.</param>
/// <param name="Forwarders">Receivers of the trail.</param>
/// <param name="Connections">Client connections.</param>
/// <param name="Doors">Where clients come in, with their connections to servers.</param>
/// <param name="Transports">What moves bytes.</param>
/// <param name="Clock">Time.</param>
internal sealed record ProxyMetrics(
    AuditTrail Trail,
    GrantDesk Desk,
    ExecutionWatch Watch,
    Recorder Recorder,
    Webhooks Webhooks,
    AuditForwarders Forwarders,
    ConnectionLimit Connections,
    Func<IReadOnlyCollection<Door>> Doors,
    Func<IReadOnlyCollection<Transport>> Transports,
    TimeProvider Clock)
{
    private const double MicrosecondsPerSecond = 1e6;

    private readonly DateTimeOffset _startedAt = Clock.GetUtcNow();

    /// <summary>Since when counters count.</summary>
    public DateTimeOffset StartedAt => _startedAt;

    /// <summary>All of them, for Prometheus.</summary>
    public string Write() => MetricText.Write(Take());

    /// <summary>All of them, as of now.</summary>
    public MetricSet Take()
    {
        var metrics = new MetricSet();
        var totals = Trail.Totals();
        WriteSessions(metrics, totals);
        WriteExecutions(metrics, totals);
        WriteUpstream(metrics);
        WriteTrail(metrics);
        WriteGrants(metrics);
        WriteProcess(metrics);
        return metrics;
    }

    private void WriteSessions(MetricSet metrics, AuditTotals totals)
    {
        metrics.Family("jitproxy_client_connections", MetricKind.Gauge, "Client connections that are open now.").Value(Connections.Count);
        metrics.Family("jitproxy_client_connections_limit", MetricKind.Gauge, "Client connections that may be open at once.").Value(Connections.Max);
        metrics.Family("jitproxy_sessions", MetricKind.Gauge, "Sessions that are open now, by server.");
        foreach (var (server, count) in Watch.CountByServer())
            metrics.Value(count, ("server", server));
        metrics.Family("jitproxy_sessions_resting", MetricKind.Gauge, "Sessions among them whose client is silent, and that hold next to nothing.");
        foreach (var (server, count) in Watch.CountRestingByServer())
            metrics.Value(count, ("server", server));
        metrics.Family("jitproxy_logins_total", MetricKind.Counter, "Logins, by server and result.");
        foreach (var total in totals.Records)
        {
            if (total.Event is AuditEvent.Login or AuditEvent.LoginRefused)
                metrics.Value(total.Records, ("server", total.Server), ("result", total.Event == AuditEvent.Login ? "accepted" : "refused"));
        }
    }

    private void WriteExecutions(MetricSet metrics, AuditTotals totals)
    {
        metrics.Family("jitproxy_decisions_total", MetricKind.Counter, "Statements decided, by server and decision.");
        foreach (var total in totals.Records)
        {
            if (DecisionOf(total.Event) is { } decision)
                metrics.Value(total.Records, ("server", total.Server), ("decision", decision));
        }

        metrics.Family("jitproxy_refusals_total", MetricKind.Counter, "Statements refused, by reason.");
        foreach (var (reason, count) in Recorder.CountByReason())
            metrics.Value(count, ("reason", WordOf(reason)));
        metrics.Family("jitproxy_executions_total", MetricKind.Counter, "Executions that ended, by server and outcome.");
        foreach (var total in totals.Records.Where(static total => total.Event == AuditEvent.Finished))
            metrics.Value(total.Records, ("server", total.Server), ("outcome", AuditNames.Of(total.Outcome) ?? "none"));
        metrics.Family("jitproxy_executions_open", MetricKind.Gauge, "Executions that are under way now, by server.");
        foreach (var (server, count) in Watch.CountUnderwayByServer())
            metrics.Value(count, ("server", server));
        WriteSums(metrics, totals, "jitproxy_rows_total", "Rows sent to clients or affected, by server.", static total => total.Rows);
        WriteSums(metrics, totals, "jitproxy_result_bytes_total", "Bytes of results sent to clients, by server.", static total => total.Bytes);
        metrics.Family("jitproxy_masked_cells_total", MetricKind.Counter, "Values that came masked: rows times masked columns.").Value(totals.MaskedCells);
        metrics.Histogram(
            "jitproxy_execution_duration_seconds",
            "How long executions took, from the record that let them run to their end.",
            new(
                [.. AuditTotals.DurationBounds.Select(static bound => bound / MicrosecondsPerSecond)],
                [.. totals.Durations],
                totals.DurationMicroseconds / MicrosecondsPerSecond));
    }

    private static void WriteSums(MetricSet metrics, AuditTotals totals, string name, string help, Func<AuditTotal, long> number)
    {
        metrics.Family(name, MetricKind.Counter, help);
        foreach (var server in totals.Records.Where(static total => total.Event == AuditEvent.Finished).GroupBy(static total => total.Server))
            metrics.Value(server.Sum(number), ("server", server.Key));
    }

    private void WriteUpstream(MetricSet metrics)
    {
        var figures = Doors().Select(static door => (Label: ("server", door.ServerName), Figures: door.Look())).ToList();
        metrics.Family("jitproxy_upstream_connections", MetricKind.Gauge, "Connections to servers that sessions have, or that wait for one.");
        foreach (var (server, (pool, _)) in figures)
            metrics.Value(pool.InUse, server, ("state", "in_use")).Value(pool.Idle, server, ("state", "idle"));
        Write("jitproxy_upstream_connections_limit", "Connections that sessions may have or leave behind, by server.", static f => f.Pool.Limit);
        Write("jitproxy_upstream_waiting", "Sessions that wait for a connection to their server.", static f => f.Pool.Waiting);
        Write("jitproxy_lanes", "Groups of sessions that share connections: one per loop, database and settings.", static f => f.Lanes.Lanes);
        Write("jitproxy_lane_connections", "Connections that sessions share.", static f => f.Lanes.Connections);
        Write("jitproxy_lane_executions", "Executions that are under way on shared connections.", static f => f.Lanes.UnderWay);
        Write("jitproxy_lane_executions_limit", "Executions that the shared connections could run at once.", static f => f.Lanes.Limit);
        metrics.Family("jitproxy_loop_sockets", MetricKind.Gauge, "Sockets of clients and servers, by loop.");
        foreach (var (number, count) in Transports().SelectMany(static transport => transport.SocketsByLoop).Index())
            metrics.Value(count, ("loop", number.ToString(CultureInfo.InvariantCulture)));

        void Write(string name, string help, Func<(PoolFigures Pool, LaneFigures Lanes), long> number)
        {
            metrics.Family(name, MetricKind.Gauge, help);
            foreach (var (server, look) in figures)
                metrics.Value(number(look), server);
        }
    }

    private void WriteTrail(MetricSet metrics)
    {
        metrics.Family("jitproxy_audit_records", MetricKind.Gauge, "Number of the newest record of the audit trail.").Value(Trail.LastSeq);
        metrics.Family("jitproxy_audit_lag_records", MetricKind.Gauge, "Records that are in the journal and not yet in the database.")
            .Value(Trail.LastSeq - Trail.CommittedSeq);
        metrics.Family("jitproxy_audit_writable", MetricKind.Gauge, "1 when the trail can be written; at 0 nothing runs.").Value(Trail.Fault is null ? 1 : 0);
        metrics.Family("jitproxy_audit_forward_lag_records", MetricKind.Gauge, "Records that a receiver of the trail does not have yet.");
        foreach (var forwarder in Forwarders.All)
            metrics.Value(Math.Max(0, Trail.LastSeq - forwarder.Position), ("receiver", forwarder.Name));
        metrics.Family("jitproxy_audit_forward_up", MetricKind.Gauge, "1 when a receiver of the trail takes records.");
        foreach (var forwarder in Forwarders.All)
            metrics.Value(forwarder.Fault is null ? 1 : 0, ("receiver", forwarder.Name));
    }

    private void WriteGrants(MetricSet metrics)
    {
        metrics.Family("jitproxy_grants_pending", MetricKind.Gauge, "Requests that wait for a signature.").Value(Desk.List(new(GrantStatus.Pending)).Length);
        metrics.Family("jitproxy_grants", MetricKind.Gauge, "Requests and grants of every status.").Value(Desk.Book.Count);
        metrics.Family("jitproxy_webhook_queue", MetricKind.Gauge, "Messages that wait to be sent to webhooks.").Value(Webhooks.Waiting);
    }

    private void WriteProcess(MetricSet metrics)
    {
        using var process = Process.GetCurrentProcess();
        metrics.Family("process_cpu_seconds_total", MetricKind.Counter, "Processor time of the process.").Value(process.TotalProcessorTime.TotalSeconds);
        metrics.Family("process_resident_memory_bytes", MetricKind.Gauge, "Resident memory of the process.").Value(process.WorkingSet64);
        metrics.Family("process_start_time_seconds", MetricKind.Gauge, "When the process started, in seconds since 1970.")
            .Value(_startedAt.ToUnixTimeMilliseconds() / 1e3);
        metrics.Family("dotnet_gc_heap_bytes", MetricKind.Gauge, "Memory of the managed heap.").Value(GC.GetTotalMemory(forceFullCollection: false));
    }

    private static string? DecisionOf(AuditEvent happened) => happened switch
    {
        AuditEvent.Authorized => "granted",
        AuditEvent.Housekeeping => "housekeeping",
        AuditEvent.Denied => "refused",
        _ => null,
    };

    // NoGrant becomes no_grant.
    private static string WordOf(DenyReason reason) => string.Concat(reason.ToString().Select(static (letter, index) =>
        char.IsUpper(letter) && index > 0 ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
