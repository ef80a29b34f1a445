using System.Globalization;
using JitProxy.Server.Admin;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>Searching the audit trail, and taking it away.</summary>
internal static class TrailPage
{
    private const int PageSize = 50;
    private const int LinesTogether = 500;

    /// <summary>The form, and what it finds, the newest first.</summary>
    public static Task ShowAsync(Visit visit)
    {
        var search = TrailSearch.Read(visit);
        var page = search.Fault is null
            ? visit.Services.Audit.Page(search.Filter with { Descending = true, Limit = PageSize }, visit.Caller)
            : new([], null, false);
        var next = page.Reached?.ToString(CultureInfo.InvariantCulture);
        return visit.ShowAsync("Trail", Tab.Trail, Html.Of($"""
            <h1>Audit trail</h1>
            {(search.Fault is { } fault ? Layout.NoticeOf(Visit.NoticeOf(fault)) : default)}
            {search.Form()}
            {(page.Records.IsEmpty ? Parts.Empty(page.IsCutShort ? "Nothing so far." : "No record fits.", Further(page)) : TrailView.Table(page.Records))}
            {(page.IsCutShort && !page.Records.IsEmpty ? Parts.Dim(Further(page)) : default)}
            {Paging.Links(visit, "before", next)}
            {ChainCheck.Status(visit)}
            """));
    }

    /// <summary>Everything that the search finds, oldest first, as a file.</summary>
    public static async Task DownloadAsync(Visit visit)
    {
        var search = TrailSearch.Read(visit);
        if (search.Fault is { } fault)
        {
            await visit.ShowUnknownAsync(Visit.NoticeOf(fault).Text);
            return;
        }

        var isCsv = visit.Asked("format") == "csv";
        var response = visit.Context.Response;
        response.ContentType = isCsv ? AuditCsv.ContentType : "application/x-ndjson";
        response.Headers.ContentDisposition = $"attachment; filename=\"audit.{(isCsv ? "csv" : "jsonl")}\"";
        var lines = new TrailLines(isCsv);
        var count = 0;
        foreach (var record in visit.Services.Audit.Read(search.Filter with { Descending = false }, visit.Caller))
        {
            lines.Add(record);
            if (++count % LinesTogether == 0)
                await lines.FlushAsync(response.Body, visit.Stop);
        }

        await lines.FlushAsync(response.Body, visit.Stop);
    }

    private static string Further(AuditPage page) => page.IsCutShort ? "The search takes longer than a page may; it goes on with Older." : "";
}
