using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Admin;

/// <summary>Audit records as CSV (RFC 4180): every field of the contract is a column, lists are JSON.</summary>
internal static class AuditCsv
{
    /// <summary>The media type.</summary>
    public const string ContentType = "text/csv; charset=utf-8";

    private static readonly (string Name, Func<AuditView, string?> Value)[] Columns =
    [
        ("seq", static r => Number(r.Seq)), ("at", static r => AdminJson.Format(r.At)), ("event", static r => r.Event), ("user", static r => r.User),
        ("actor", static r => r.Actor), ("client", static r => r.Client), ("server", static r => r.Server), ("database", static r => r.Database),
        ("grant", static r => Number(r.Grant)), ("execution", static r => Number(r.Execution)), ("statement", static r => r.Statement),
        ("redacted", static r => r.Redacted == true ? "true" : null), ("digest", static r => r.Digest), ("parameters", static r => List(r.Parameters)),
        ("rows", static r => Number(r.Rows)), ("bytes", static r => Number(r.Bytes)), ("masked", static r => List(r.Masked)),
        ("outcome", static r => r.Outcome), ("error", static r => r.Error), ("detail", static r => r.Detail),
        ("duration_us", static r => Number(r.DurationUs)), ("hash", static r => r.Hash),
    ];

    /// <summary>The first line, without its end.</summary>
    public static string Heading { get; } = string.Join(',', Columns.Select(static column => column.Name));

    /// <summary>A record, with its line end.</summary>
    public static string Row(AuditView record) =>
        new StringBuilder().AppendJoin(',', Columns.Select(column => Quoted(column.Value(record)))).Append("\r\n").ToString();

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string? List<T>(ImmutableArray<T>? values) => values is { IsDefault: false } list ? JsonSerializer.Serialize(list, AdminJson.Compact) : null;

    // Statements come from anybody, and spreadsheets compute what begins with one of these signs: an apostrophe has them show it as it is.
    private static string Quoted(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return "";

        var text = value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20' ? "'" + value : value;
        return text.AsSpan().ContainsAny("\",\r\n'") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
