// Exports as downloads: the file goes straight to the browser, and a page can ask meanwhile how far it is.
using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin;
using JitProxy.Server.Export;
using JitProxy.Server.Results;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Console;

/// <summary>Exports the rows of one's own grant into a file.</summary>
internal static class ExportPage
{
    private static readonly (ExportFormat Format, string Words, string MediaType)[] Formats =
    [
        (ExportFormat.Csv, "CSV", "text/csv; charset=utf-8"),
        (ExportFormat.Json, "JSON", "application/json"),
        (ExportFormat.Sql, "SQL, as INSERT statements", "application/sql"),
        (ExportFormat.Xlsx, "XLSX, for spreadsheets", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ];

    /// <summary>The form, with a place for the progress.</summary>
    public static Html Form(Visit visit, Grant grant)
    {
        var key = ExportTable.NewKey();
        return Html.Of($"""
            <form method="post" action="/grants/{grant.Id}/export" data-stays="yes" data-progress="/grants/{grant.Id}/export/{key}">{visit.Seal}
            <input type="hidden" name="key" value="{key}">
            {GrantActions.Databases(grant, "export-database")}
            {Fields.Select("format", "Export as", null, Formats.Select(static f => (NameOf(f.Format), f.Words)))}
            <p><button>Export</button></p><p class="progress" role="status" aria-live="polite"></p></form>
            """);
    }

    /// <summary>The file. What goes wrong before its first byte is told on the grant's page; after it, the download breaks off.</summary>
    public static async Task AnswerAsync(Visit visit)
    {
        if (visit.FindGrant() is not { } grant)
        {
            await visit.ShowUnknownAsync($"There is no grant {visit.Id}, or it is none of your business.");
            return;
        }

        var database = visit.Field("database") ?? (grant.Databases is [var only] ? only : null);
        var format = Formats.FirstOrDefault(f => NameOf(f.Format) == visit.Field("format"));
        var objection = GrantActs.FindRunObjection(grant, visit.Caller, database) ?? (format.Words is null ? new("that is not a format", 400) : null);
        if (objection is not null)
        {
            visit.Session.Leave(Visit.NoticeOf(objection));
            await visit.GoToAsync($"/grants/{grant.Id}");
            return;
        }

        var name = $"grant-{grant.Id}.{NameOf(format.Format)}";
        var target = new Download(visit, name, format.MediaType, visit.Services.Exports.Begin(visit.Session.User, visit.Field("key") ?? ""));
        var end = await visit.Services.Admin.Export.ExportAsync(grant, database!, visit.Caller.Client, format.Format, null, target, visit.Stop);
        await target.EndAsync(end.Error is null ? null : new(end.Error, 409, end.Detail, end.Hint), $"/grants/{grant.Id}");
    }

    /// <summary>How far an export is, for the script.</summary>
    public static Task ShowProgressAsync(Visit visit)
    {
        var (words, isOver) = visit.Services.Exports.Find(visit.Session.User, (string)visit.Context.Request.RouteValues["key"]!);
        return Page.WriteAsync(visit.Context, Html.Of($"{words}"), isOver ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private static string NameOf(ExportFormat format) => format.ToString().ToLowerInvariant();

    /// <summary>The browser's download.</summary>
    private sealed class Download(Visit visit, string name, string mediaType, ExportTable.Entry entry) : IExportTarget
    {
        private bool _hasBegun;

        /// <inheritdoc/>
        public ValueTask BeginAsync(ImmutableArray<ResultField> fields) => ValueTask.CompletedTask;

        /// <inheritdoc/>
        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, long rows)
        {
            var response = visit.Context.Response;
            if (!_hasBegun)
            {
                _hasBegun = true;
                response.ContentType = mediaType;
                response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
            }

            await response.Body.WriteAsync(bytes, visit.Stop);
            await response.Body.FlushAsync(visit.Stop);
            entry.Report(rows, bytes.Length);
        }

        /// <summary>Ends it; a fault in the middle must not look like a whole file.</summary>
        public async Task EndAsync(Admin.Contract.Problem? fault, string back)
        {
            entry.End(fault?.Title);
            if (fault is null)
                return;

            if (visit.Context.Response.HasStarted)
            {
                visit.Context.Abort();
                return;
            }

            visit.Session.Leave(Visit.NoticeOf(fault));
            await visit.GoToAsync(back);
        }
    }
}
