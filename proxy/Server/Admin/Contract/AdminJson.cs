using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace JitProxy.Server.Admin.Contract;

/// <summary>How the API and `--json` write values: snake_case, RFC 3339 times in UTC, nulls written out.</summary>
internal static class AdminJson
{
    /// <summary>On one line; what the API sends, and JSON Lines.</summary>
    public static JsonSerializerOptions Compact { get; } = Make(isIndented: false);

    /// <summary>On several lines; what `--json` prints.</summary>
    public static JsonSerializerOptions Indented { get; } = Make(isIndented: true);

    /// <summary>For what callers send: a field that nobody knows, or one that comes twice, is a fault. It may be a limit that was meant to hold.</summary>
    public static JsonSerializerOptions Strict { get; } = Make(isIndented: false, isStrict: true);

    /// <summary>The time as the contract has it.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static JsonSerializerOptions Make(bool isIndented, bool isStrict = false)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            WriteIndented = isIndented,

            // The reader is a JSON parser, never a web page: quotes in statements stay readable.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            UnmappedMemberHandling = isStrict ? JsonUnmappedMemberHandling.Disallow : JsonUnmappedMemberHandling.Skip,
            AllowDuplicateProperties = !isStrict,
        };
        options.Converters.Add(new TimeConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class TimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Format(value));
    }
}
