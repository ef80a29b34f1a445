using System.Globalization;
using System.Text;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>Audit records as CSV (RFC 4180): every field of the contract, lists with commas between their items.</summary>
internal static class AuditCsv
{
    /// <summary>The first line.</summary>
    public const string Heading =
        "seq,at,event,user,actor,client,server,database,grant,execution,statement,digest,parameters,rows,bytes,masked,outcome,error,detail,duration_us,hash";

    /// <summary>A record, with its line end.</summary>
    public static string Row(AuditView record)
    {
        var row = new StringBuilder();
        foreach (var value in Values(record))
        {
            if (row.Length > 0)
                row.Append(',');
            row.Append(Quoted(value));
        }

        return row.Append("\r\n").ToString();
    }

    private static string?[] Values(AuditView record) =>
    [
        Number(record.Seq),
        AdminJson.Format(record.At),
        record.Event,
        record.User,
        record.Actor,
        record.Client,
        record.Server,
        record.Database,
        Number(record.Grant),
        Number(record.Execution),
        record.Statement,
        record.Digest,
        record.Parameters is { IsDefault: false } parameters ? string.Join(",", parameters.Select(static value => value ?? "NULL")) : null,
        Number(record.Rows),
        Number(record.Bytes),
        record.Masked is { IsDefault: false } masked ? string.Join(",", masked) : null,
        record.Outcome,
        record.Error,
        record.Detail,
        Number(record.DurationUs),
        record.Hash,
    ];

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    // A cell that begins like a formula is one to some programs; the apostrophe makes it a text to them.
    private static string Quoted(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return "";
        var text = value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + value : value;
        return text.AsSpan().ContainsAny(',', '"', '\n') || text.Contains('\r', StringComparison.Ordinal) || text[0] == '\''
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;
    }
}
