// https://opentelemetry.io/docs/specs/otlp/#otlphttp: POST of an ExportLogsServiceRequest as JSON; what is not 2xx was not received.
using System.Collections.Immutable;
using System.Text.Json;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Outlets;

/// <summary>Sends records to an OpenTelemetry collector as logs.</summary>
internal sealed class OtlpOutlet(Uri address, ImmutableSortedDictionary<string, string> headers, string? ca = null) : IOutlet
{
    private const int WarningNumber = 13;
    private const int InformationNumber = 9;

    private readonly HttpMessageInvoker _http = HttpPost.NewSender(ca);

    /// <inheritdoc/>
    public async Task<string?> SendAsync(IReadOnlyList<AuditRecord> records, CancellationToken stop)
    {
        using var request = HttpPost.OfJson(address, Write(records));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        return await HttpPost.TrySendAsync(_http, request, stop);
    }

    /// <summary>The request's body.</summary>
    public static byte[] Write(IReadOnlyList<AuditRecord> records)
    {
        return OtlpJson.Write("resourceLogs", "scopeLogs", "jitproxy.audit", json =>
        {
            json.WriteStartArray("logRecords");
            foreach (var record in records)
                Write(json, record);
            json.WriteEndArray();
        });
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return default;
    }

    private static void Write(Utf8JsonWriter json, AuditRecord record)
    {
        var isWarning = SyslogMessage.IsWarning(record);
        var nanoseconds = OtlpJson.Time(record.At);
        json.WriteStartObject();
        json.WriteString("timeUnixNano", nanoseconds);
        json.WriteString("observedTimeUnixNano", nanoseconds);
        json.WriteNumber("severityNumber", isWarning ? WarningNumber : InformationNumber);
        json.WriteString("severityText", isWarning ? "WARN" : "INFO");
        json.WriteString("eventName", $"jitproxy.{AuditNames.Of(record.Event)}");
        json.WriteStartObject("body");
        json.WriteString("stringValue", JsonSerializer.Serialize(AuditViews.Of(record), AdminJson.Compact));
        json.WriteEndObject();
        json.WriteStartArray("attributes");
        OtlpJson.Attribute(json, "jitproxy.seq", record.Seq);
        OtlpJson.Attribute(json, "user.name", record.User);
        OtlpJson.Attribute(json, "client.address", record.Client);
        OtlpJson.Attribute(json, "db.namespace", record.Database);
        OtlpJson.Attribute(json, "db.query.text", record.Statement);
        OtlpJson.Attribute(json, "jitproxy.grant", record.Grant);
        OtlpJson.Attribute(json, "jitproxy.outcome", AuditNames.Of(record.Outcome));
        OtlpJson.Attribute(json, "jitproxy.rows", record.Rows);
        OtlpJson.Attribute(json, "error.message", record.Error);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
