// https://www.rfc-editor.org/rfc/rfc5424#section-6: <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID [SD-ID NAME="VALUE" ...] MSG
using System.Globalization;
using System.Text;
using System.Text.Json;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Outlets;

/// <summary>Audit records as syslog messages: what is looked up in structured data, the whole record as JSON behind it.</summary>
internal static class SyslogMessage
{
    /// <summary>The most bytes of a datagram. Longer statements are cut there, and say so; the trail has them whole.</summary>
    public const int DatagramSizeMax = 8 * 1024;

    private const int Facility = 13;
    private const int Warning = 4;
    private const int Informational = 6;
    private const int StatementLengthMax = 1000;

    // 32473 is the number for enterprises without one (RFC 5612).
    private const string DataId = "jitproxy@32473";

    /// <summary>Whether a record is about something that did not go as asked.</summary>
    public static bool IsWarning(AuditRecord record) =>
        record.Event is AuditEvent.Denied or AuditEvent.LoginRefused or AuditEvent.TlsInjection or AuditEvent.Lost
            or AuditEvent.ConfigurationRefused or AuditEvent.MessageRefused;

    /// <summary>A record as a message.</summary>
    public static byte[] Of(AuditRecord record, string host, int process)
    {
        var data = new StringBuilder();
        Add(data, "seq", record.Seq.ToString(CultureInfo.InvariantCulture));
        Add(data, "user", record.User);
        Add(data, "client", record.Client);
        Add(data, "database", record.Database);
        Add(data, "grant", record.Grant?.ToString(CultureInfo.InvariantCulture));
        Add(data, "outcome", AuditNames.Of(record.Outcome));
        var priority = (Facility * 8) + (IsWarning(record) ? Warning : Informational);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"<{priority}>1 {record.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'} {host} jitproxy {process} {AuditNames.Of(record.Event)} [{DataId}{data}] ");
        return [.. Encoding.UTF8.GetBytes(head), .. Encoding.UTF8.Preamble, .. JsonSerializer.SerializeToUtf8Bytes(AuditViews.Of(record), AdminJson.Compact)];
    }

    /// <summary>A record as a message that fits a datagram.</summary>
    public static byte[] OfBounded(AuditRecord record, string host, int process)
    {
        var message = Of(record, host, process);
        return message.Length <= DatagramSizeMax
            ? message
            : Of(CutTexts(record), host, process);
    }

    private static AuditRecord CutTexts(AuditRecord record) => record with
    {
        Statement = Cut(record.Statement),
        Error = Cut(record.Error),
        Detail = Cut(record.Detail),
        Parameters = default,
        Masked = default,
    };

    private static string? Cut(string? text) => text?.Length > StatementLengthMax ? string.Concat(text.AsSpan(0, StatementLengthMax), " (cut)") : text;

    private static void Add(StringBuilder data, string name, string? value)
    {
        if (value is null)
            return;

        data.Append(' ').Append(name).Append("=\"");
        foreach (var letter in value)
        {
            // What the format gives a meaning is escaped; what could begin another message is not sent.
            if (letter is '"' or '\\' or ']')
                data.Append('\\');
            data.Append(char.IsControl(letter) ? '?' : letter);
        }

        data.Append('"');
    }
}
