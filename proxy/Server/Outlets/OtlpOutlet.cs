// https://opentelemetry.io/docs/specs/otlp/#otlphttp: POST of an ExportLogsServiceRequest as JSON; what is not 2xx was not received.
using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Outlets;

/// <summary>Sends records to an OpenTelemetry collector as logs.</summary>
internal sealed class OtlpOutlet(Uri address, ImmutableSortedDictionary<string, string> headers) : IOutlet
{
    private const int WarningNumber = 13;
    private const int InformationNumber = 9;
    private const long NanosecondsPerTick = 100;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });

    /// <inheritdoc/>
    public async Task<string?> SendAsync(IReadOnlyList<AuditRecord> records, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(Write(records)) };
        request.Content.Headers.ContentType = new("application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Timeout);
        try
        {
            using var answer = await _http.SendAsync(request, patience.Token);
            return answer.IsSuccessStatusCode ? null : $"the collector answered {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return e.InnerException?.Message ?? e.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"the collector does not answer within {Timeout.TotalSeconds:0} s";
        }
    }

    /// <summary>The request's body.</summary>
    public static byte[] Write(IReadOnlyList<AuditRecord> records)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("resourceLogs");
            json.WriteStartObject();
            json.WriteStartObject("resource");
            json.WriteStartArray("attributes");
            Attribute(json, "service.name", "jitproxy");
            Attribute(json, "host.name", Environment.MachineName);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("scopeLogs");
            json.WriteStartObject();
            json.WriteStartObject("scope");
            json.WriteString("name", "jitproxy.audit");
            json.WriteEndObject();
            json.WriteStartArray("logRecords");
            foreach (var record in records)
                Write(json, record);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
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
        var nanoseconds = ((record.At.UtcTicks - DateTime.UnixEpoch.Ticks) * NanosecondsPerTick).ToString(CultureInfo.InvariantCulture);
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
        Attribute(json, "jitproxy.seq", record.Seq);
        Attribute(json, "user.name", record.User);
        Attribute(json, "client.address", record.Client);
        Attribute(json, "db.namespace", record.Database);
        Attribute(json, "db.query.text", record.Statement);
        Attribute(json, "jitproxy.grant", record.Grant);
        Attribute(json, "jitproxy.outcome", AuditNames.Of(record.Outcome));
        Attribute(json, "jitproxy.rows", record.Rows);
        Attribute(json, "error.message", record.Error);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Attribute(Utf8JsonWriter json, string key, string? value)
    {
        if (value is null)
            return;

        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteStartObject("value");
        json.WriteString("stringValue", value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Attribute(Utf8JsonWriter json, string key, long? value)
    {
        if (value is not { } number)
            return;

        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteStartObject("value");
        json.WriteString("intValue", number.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
