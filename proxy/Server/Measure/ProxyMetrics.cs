// Task: what the proxy counts, read when somebody asks. Executions, rows, bytes and durations come from the thread that writes the audit trail, so
// that no statement pays for them; the rest is looked up where it is.
using System.Diagnostics;
using JitProxy.Policy.Grants;
using JitProxy.Server.Accept;
using JitProxy.Server.Decide;
using JitProxy.Server.Notify;
using JitProxy.Server.Outlets;
using JitProxy.Server.Record;
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
/// <param name="Clock">Time.</param>
internal sealed record ProxyMetrics(
    AuditTrail Trail,
    GrantDesk Desk,
    ExecutionWatch Watch,
    Recorder Recorder,
    Webhooks Webhooks,
    AuditForwarders Forwarders,
    ConnectionLimit Connections,
    TimeProvider Clock)
{
    private const double MicrosecondsPerSecond = 1e6;

    private readonly DateTimeOffset _startedAt = Clock.GetUtcNow();

    /// <summary>All of them, for Prometheus.</summary>
    public string Write()
    {
        var text = new MetricText();
        var totals = Trail.Totals();
        WriteSessions(text, totals);
        WriteExecutions(text, totals);
        WriteDurations(text, totals);
        WriteTrail(text);
        WriteGrants(text);
        WriteProcess(text);
        return text.ToString();
    }

    private void WriteSessions(MetricText text, AuditTotals totals)
    {
        text.Family("jitproxy_client_connections", "gauge", "Client connections that are open now.").Value(Connections.Count);
        text.Family("jitproxy_client_connections_limit", "gauge", "Client connections that may be open at once.").Value(Connections.Max);
        text.Family("jitproxy_sessions", "gauge", "Sessions that are open now, by server.");
        foreach (var (server, count) in Watch.CountByServer())
            text.Value(count, ("server", server));
        text.Family("jitproxy_logins_total", "counter", "Logins, by server and result.");
        foreach (var total in totals.Records)
        {
            if (total.Event is AuditEvent.Login or AuditEvent.LoginRefused)
                text.Value(total.Records, ("server", total.Server), ("result", total.Event == AuditEvent.Login ? "accepted" : "refused"));
        }
    }

    private void WriteExecutions(MetricText text, AuditTotals totals)
    {
        text.Family("jitproxy_decisions_total", "counter", "Statements decided, by server and decision.");
        foreach (var total in totals.Records)
        {
            if (DecisionOf(total.Event) is { } decision)
                text.Value(total.Records, ("server", total.Server), ("decision", decision));
        }

        text.Family("jitproxy_refusals_total", "counter", "Statements refused, by reason.");
        foreach (var (reason, count) in Recorder.CountByReason())
            text.Value(count, ("reason", WordOf(reason)));
        text.Family("jitproxy_executions_total", "counter", "Executions that ended, by server and outcome.");
        foreach (var total in totals.Records.Where(static total => total.Event == AuditEvent.Finished))
            text.Value(total.Records, ("server", total.Server), ("outcome", AuditNames.Of(total.Outcome) ?? "none"));
        WriteSums(text, totals, "jitproxy_rows_total", "Rows sent to clients or affected, by server.", static total => total.Rows);
        WriteSums(text, totals, "jitproxy_result_bytes_total", "Bytes of results sent to clients, by server.", static total => total.Bytes);
        text.Family("jitproxy_masked_cells_total", "counter", "Values that came masked: rows times masked columns.").Value(totals.MaskedCells);
    }

    private static void WriteSums(MetricText text, AuditTotals totals, string name, string help, Func<AuditTotal, long> number)
    {
        text.Family(name, "counter", help);
        foreach (var server in totals.Records.Where(static total => total.Event == AuditEvent.Finished).GroupBy(static total => total.Server))
            text.Value(server.Sum(number), ("server", server.Key));
    }

    private static void WriteDurations(MetricText text, AuditTotals totals)
    {
        text.Family("jitproxy_execution_duration_seconds", "histogram", "How long executions took, from the record that let them run to their end.");
        var count = 0L;
        for (var place = 0; place < totals.Durations.Length; place++)
        {
            count += totals.Durations[place];
            var bound = place < AuditTotals.DurationBounds.Length ? AuditTotals.DurationBounds[place] / MicrosecondsPerSecond : double.PositiveInfinity;
            text.Value("_bucket", count, ("le", MetricText.Number(bound)));
        }

        text.Value("_sum", totals.DurationMicroseconds / MicrosecondsPerSecond).Value("_count", count);
    }

    private void WriteTrail(MetricText text)
    {
        text.Family("jitproxy_audit_records", "gauge", "Number of the newest record of the audit trail.").Value(Trail.LastSeq);
        text.Family("jitproxy_audit_lag_records", "gauge", "Records that are in the journal and not yet in the database.")
            .Value(Trail.LastSeq - Trail.CommittedSeq);
        text.Family("jitproxy_audit_writable", "gauge", "1 when the trail can be written; at 0 nothing runs.").Value(Trail.Fault is null ? 1 : 0);
        text.Family("jitproxy_audit_forward_lag_records", "gauge", "Records that a receiver of the trail does not have yet.");
        foreach (var forwarder in Forwarders.All)
            text.Value(Math.Max(0, Trail.LastSeq - forwarder.Position), ("receiver", forwarder.Name));
        text.Family("jitproxy_audit_forward_up", "gauge", "1 when a receiver of the trail takes records.");
        foreach (var forwarder in Forwarders.All)
            text.Value(forwarder.Fault is null ? 1 : 0, ("receiver", forwarder.Name));
    }

    private void WriteGrants(MetricText text)
    {
        text.Family("jitproxy_grants_pending", "gauge", "Requests that wait for a signature.").Value(Desk.List(new(GrantStatus.Pending)).Length);
        text.Family("jitproxy_grants", "gauge", "Requests and grants of every status.").Value(Desk.Book.Count);
        text.Family("jitproxy_webhook_queue", "gauge", "Messages that wait to be sent to webhooks.").Value(Webhooks.Waiting);
    }

    private void WriteProcess(MetricText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Family("process_cpu_seconds_total", "counter", "Processor time of the process.").Value(process.TotalProcessorTime.TotalSeconds);
        text.Family("process_resident_memory_bytes", "gauge", "Resident memory of the process.").Value(process.WorkingSet64);
        text.Family("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.").Value(_startedAt.ToUnixTimeMilliseconds() / 1e3);
        text.Family("dotnet_gc_heap_bytes", "gauge", "Memory of the managed heap.").Value(GC.GetTotalMemory(forceFullCollection: false));
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
