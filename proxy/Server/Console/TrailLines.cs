using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>Records as lines of a file: JSON with the fields of the contract, or CSV (RFC 4180) with the same fields as columns.</summary>
internal sealed class TrailLines
{
    private static readonly (string Name, Func<AuditView, string?> Value)[] Columns =
    [
        ("seq", static r => Text(r.Seq)), ("at", static r => AdminJson.Format(r.At)), ("event", static r => r.Event), ("user", static r => r.User),
        ("client", static r => r.Client), ("server", static r => r.Server), ("database", static r => r.Database), ("grant", static r => Text(r.Grant)),
        ("statement", static r => r.Statement), ("digest", static r => r.Digest), ("parameters", static r => List(r.Parameters)),
        ("rows", static r => Text(r.Rows)), ("bytes", static r => Text(r.Bytes)), ("masked", static r => List(r.Masked)),
        ("outcome", static r => r.Outcome), ("error", static r => r.Error),
        ("duration_us", static r => Text(r.DurationUs)), ("hash", static r => r.Hash), ("execution", static r => Text(r.Execution)),
        ("actor", static r => r.Actor), ("detail", static r => r.Detail),
    ];

    private readonly bool _isCsv;
    private readonly StringBuilder _lines = new();

    /// <summary>Lines of one format.</summary>
    public TrailLines(bool isCsv)
    {
        _isCsv = isCsv;
        if (isCsv)
            _lines.AppendJoin(',', Columns.Select(static c => c.Name)).Append("\r\n");
    }

    /// <summary>Adds a record.</summary>
    public void Add(AuditRecord record)
    {
        var view = AuditViews.Of(record);
        if (_isCsv)
            _lines.AppendJoin(',', Columns.Select(c => Quote(c.Value(view)))).Append("\r\n");
        else
            _lines.Append(JsonSerializer.Serialize(view, AdminJson.Compact)).Append('\n');
    }

    /// <summary>Sends what was added.</summary>
    public async Task FlushAsync(Stream body, CancellationToken stop)
    {
        await body.WriteAsync(Encoding.UTF8.GetBytes(_lines.ToString()), stop);
        _lines.Clear();
    }

    // Statements come from anybody, and spreadsheets compute what begins with one of these signs: an apostrophe has them show it as it is.
    private static string Quote(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return "";

        var text = value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + value : value;
        return text.AsSpan().ContainsAny("\",\r\n'") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? List<T>(ImmutableArray<T>? values) => values is { } list ? JsonSerializer.Serialize(list, AdminJson.Compact) : null;
}
