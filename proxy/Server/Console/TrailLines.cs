using System.Text;
using System.Text.Json;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>Records as lines of a file: JSON with the fields of the contract, or CSV (RFC 4180) with the same fields as columns.</summary>
internal sealed class TrailLines
{
    private readonly bool _isCsv;
    private readonly StringBuilder _lines = new();

    /// <summary>Lines of one format.</summary>
    public TrailLines(bool isCsv)
    {
        _isCsv = isCsv;
        if (isCsv)
            _lines.Append(AuditCsv.Heading).Append("\r\n");
    }

    /// <summary>Adds a record.</summary>
    public void Add(AuditRecord record)
    {
        var view = AuditViews.Of(record);
        if (_isCsv)
            _lines.Append(AuditCsv.Row(view));
        else
            _lines.Append(JsonSerializer.Serialize(view, AdminJson.Compact)).Append('\n');
    }

    /// <summary>Sends what was added.</summary>
    public async Task FlushAsync(Stream body, CancellationToken stop)
    {
        await body.WriteAsync(Encoding.UTF8.GetBytes(_lines.ToString()), stop);
        _lines.Clear();
    }
}
