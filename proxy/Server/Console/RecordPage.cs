// One record of the trail; of an execution, both its ends.
using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Sql;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>A record in full, with the grant and the people behind it.</summary>
internal static class RecordPage
{
    private static readonly TimeSpan ExportEndsWithin = TimeSpan.FromMinutes(1);

    /// <summary>The page.</summary>
    public static Task ShowAsync(Visit visit)
    {
        if (Find(visit, visit.Id) is not { } record)
            return visit.ShowUnknownAsync($"There is no record {visit.Id} in the trail, or it is none of your business.");

        var begun = record.Event == AuditEvent.Finished && record.Execution is { } first ? Find(visit, first) : record;
        var ended = record.Event == AuditEvent.Finished ? record : FindEnd(visit, record);
        var exports = FindExports(visit, begun, ended);
        var isExecution = ended is not null || record.Event is AuditEvent.Authorized or AuditEvent.Housekeeping;
        var statement = record.Statement ?? begun?.Statement;
        return visit.ShowAsync($"Record {record.Seq}", Tab.Trail, Html.Of($"""
            <h1>{(isExecution ? "Execution" : "Record")} {(begun ?? record).Seq} {TrailView.What(ended ?? record)}</h1>
            {(statement is null ? default : Html.Of($"""
                <section class="card" aria-label="Statement"><h2>Statement</h2>{StatementView.Whole(statement, DialectOf(visit, record))}
                {(record.IsStatementCut ? Parts.Warning("It was too large for the trail; this is its beginning.") : default)}
                {((begun ?? record).IsStatementRedacted ? Parts.Warning("Values in it are left out or hashed, as the configuration says.") : default)}
                {Parameters(begun ?? record)}</section>
                """))}
            <div class="columns-2">
            {Card(isExecution ? "Authorized" : "What happened", begun ?? record)}
            <div>{(ended is null || ended == begun ? default : Card("Finished", ended))}
            {(isExecution && ended is null ? Parts.Empty("Its end is not there.", "It still runs, or the proxy ended first.") : default)}
            {Html.Each(exports.Where(r => r.Seq != record.Seq), static r => Card("Exported", r))}
            {Behind(visit, record)}</div></div>
            {(record.Event == AuditEvent.Denied && record.User == visit.Session.User && statement is not null
                ? Html.Of($"""<p><a class="button primary" href="/request?denied={record.Seq}">Ask for it</a></p>""") : default)}
            """));
    }

    private static AuditRecord? Find(Visit visit, long seq) => visit.Services.Audit.Page(new() { Seq = seq }, visit.Caller).Records.FirstOrDefault();

    private static AuditRecord? FindEnd(Visit visit, AuditRecord begun) => begun.Event is not (AuditEvent.Authorized or AuditEvent.Housekeeping)
        ? null
        : visit.Services.Audit.Page(new() { Execution = begun.Seq, Events = [AuditEvent.Finished], Limit = 1 }, visit.Caller).Records.FirstOrDefault();

    // An export ends with its execution, or as soon as what was read last has left.
    private static ImmutableArray<AuditRecord> FindExports(Visit visit, AuditRecord? begun, AuditRecord? ended) => begun?.Grant is null
        ? []
        : visit.Services.Audit.Page(
            new() { Execution = begun.Seq, Events = [AuditEvent.Exported], Until = (ended ?? begun).At + ExportEndsWithin }, visit.Caller).Records;

    private static SqlDialect DialectOf(Visit visit, AuditRecord record) =>
        record.Server is { } server && visit.Configuration.Servers.TryGetValue(server, out var found) ? found.Engine : SqlDialect.PostgreSql;

    private static Html Parameters(AuditRecord record) => record.Parameters.IsDefaultOrEmpty ? Html.Nothing : Html.Of($"""
        <h3>Parameters</h3><ol class="steps">{Html.Each(record.Parameters, Parameter)}</ol>
        """);

    private static Html Parameter(string? value) =>
        value is null ? Html.Of($"<li><i class=\"null\">NULL</i></li>") : Html.Of($"<li><code>{StatementView.Escaped(value)}</code></li>");

    private static Html Card(string title, AuditRecord record) => Html.Of($"""
        <section class="card" aria-label="{title}"><h2>{title}</h2>
        {Parts.Facts(
            ("Record", Html.Of($"{record.Seq}")),
            ("When", Html.Of($"{Parts.ExactTime(record.At)}")),
            ("Event", Parts.Text(AuditNames.Of(record.Event))),
            ("Execution", record.Execution is { } execution ? Html.Of($"""<a href="/trail/{execution}">{execution}</a>""") : default),
            ("User", Parts.Text(record.User)),
            ("Done by", Parts.Text(record.Actor)),
            ("From", Parts.Text(record.Client)),
            ("On", Parts.Text(record.Database ?? record.Server)),
            ("Outcome", Parts.Text(AuditNames.Of(record.Outcome))),
            ("Rows", Html.Of($"{record.Rows}")),
            ("Bytes", Html.Of($"{record.Bytes}")),
            ("Took", record.DurationMicroseconds is { } took ? Html.Of($"{(took / 1000.0).ToString("0.###", CultureInfo.InvariantCulture)} ms") : default),
            ("Masked columns", record.Masked.IsDefault ? default : Parts.Text(record.Masked.IsEmpty ? "none" : string.Join(", ", record.Masked))),
            ("Error", Parts.Text(record.Error)),
            ("Detail", Parts.Text(record.Detail)),
            ("Digest", Code(record.Digest)),
            ("Hash", Code(record.Hash)))}</section>
        """);

    private static Html Code(string? text) => text is null ? Html.Nothing : Html.Of($"<code>{text}</code>");

    private static Html Behind(Visit visit, AuditRecord record)
    {
        if (record.Grant is not { } id || visit.Services.Admin.Desk.Find(id) is not { } grant || !visit.Caller.Sees(grant, visit.Configuration))
            return Html.Nothing;

        return Html.Of($"""
            <section class="card" aria-label="Grant"><h2><a href="/grants/{id}">Grant {id}</a> {Parts.Status(grant, visit.Now)} {Parts.Flags(grant)}</h2>
            <p class="reason">{grant.Request.Reason}</p>{Parts.Steps(grant.Steps)}</section>
            """);
    }
}
