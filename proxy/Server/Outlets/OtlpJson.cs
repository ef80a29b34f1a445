// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: 64-bit integers are strings, names are in lowerCamelCase.
using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace JitProxy.Server.Outlets;

/// <summary>What all requests to an OpenTelemetry collector have in common.</summary>
internal static class OtlpJson
{
    private const long NanosecondsPerTick = 100;

    /// <summary>A request's body: who sends, and one scope.</summary>
    /// <param name="resources">The name of the list of senders.</param>
    /// <param name="scopes">The name of the list of scopes.</param>
    /// <param name="scope">The scope's name.</param>
    /// <param name="content">Writes what is in the scope.</param>
    public static byte[] Write(string resources, string scopes, string scope, Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray(resources);
            json.WriteStartObject();
            json.WriteStartObject("resource");
            json.WriteStartArray("attributes");
            Attribute(json, "service.name", "jitproxy");
            Attribute(json, "host.name", Environment.MachineName);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray(scopes);
            json.WriteStartObject();
            json.WriteStartObject("scope");
            json.WriteString("name", scope);
            json.WriteEndObject();
            content(json);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Nanoseconds since 1970.</summary>
    public static string Time(DateTimeOffset at) => ((at.UtcTicks - DateTime.UnixEpoch.Ticks) * NanosecondsPerTick).ToString(CultureInfo.InvariantCulture);

    /// <summary>A text with its name; nothing if there is none.</summary>
    public static void Attribute(Utf8JsonWriter json, string key, string? value)
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

    /// <summary>A number with its name; nothing if there is none.</summary>
    public static void Attribute(Utf8JsonWriter json, string key, long? value)
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
