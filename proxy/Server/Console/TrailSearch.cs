using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>The search form of the trail: a field for every field of a record.</summary>
internal sealed class TrailSearch
{
    private static readonly string[] Rare =
    [
        "execution", "actor", "client", "server", "digest", "error", "outcome", "detail", "parameter", "masked", "is_masked",
        "rows_min", "rows_max", "bytes_min", "bytes_max", "duration_min", "duration_max",
    ];

    private readonly Visit _visit;

    // The names in the address are those of the API, and so is what is made of them.
    private TrailSearch(Visit visit)
    {
        _visit = visit;
        var values = new QueryValues(visit.Context.Request.Query);
        (Filter, Fault) = (AuditQuery.Read(values, isNewestFirst: true), values.Fault);
    }

    /// <summary>What is asked for.</summary>
    public AuditFilter Filter { get; }

    /// <summary>What is wrong with a field; null if nothing is.</summary>
    public Problem? Fault { get; }

    /// <summary>Reads the address.</summary>
    public static TrailSearch Read(Visit visit) => new(visit);

    /// <summary>The form, filled in.</summary>
    public Html Form() => Html.Of($"""
        <form class="card" method="get" action="/trail" role="search" aria-label="Search the trail">
        <div class="search">
        {Line("user", "User")}{Line("database", "Database", "shop/app")}{Line("grant", "Grant")}
        {Fields.Select("decision", "Event", _visit.Asked("decision"), Events)}{Line("text", "Statement holds")}
        {Line("since", "Since", "2026-05-01 08:00")}{Line("until", "Until")}{Line("seq", "Record")}
        </div>
        <details{Parts.Is(Rare.Any(n => _visit.Asked(n) is not null), " open")}><summary>More fields</summary><div class="search">
        {Line("execution", "Execution")}{Line("actor", "Done by")}{Line("client", "From", "10.1.2.3")}{Line("server", "Server")}
        {Fields.Select("outcome", "Outcome", _visit.Asked("outcome"), Outcomes)}{Line("error", "Error holds")}{Line("detail", "Detail holds")}
        {Line("parameter", "A parameter is")}{Line("masked", "Masked column")}
        {Fields.Select("is_masked", "Masked", _visit.Asked("is_masked"), [("", "any"), ("true", "something"), ("false", "nothing")])}
        {Line("rows_min", "Rows from")}{Line("rows_max", "Rows to")}{Line("bytes_min", "Bytes from")}{Line("bytes_max", "Bytes to")}
        {Line("duration_min", "Microseconds from")}{Line("duration_max", "Microseconds to")}{Line("digest", "Digest")}
        </div></details>
        <p class="acts"><button class="primary">Search</button> <a href="/trail">Everything</a> <a href="/trail/plots">Plots</a>
        <span>Download these as <a href="{Download("csv")}">CSV</a> or <a href="{Download("jsonl")}">JSON Lines</a></span></p>
        </form>
        """);

    private static IEnumerable<(string Value, string Text)> Events => Enum.GetValues<AuditEvent>()
        .Where(static e => e != AuditEvent.None).Select(AuditNames.Of).Select(static e => (e, e.Replace('_', ' '))).Prepend(("", "any"));

    private static IEnumerable<(string Value, string Text)> Outcomes =>
        Enum.GetValues<AuditOutcome>().Select(AuditNames.Of).OfType<string>().Select(static o => (o, o)).Prepend(("", "any"));

    private Html Line(string name, string label, string? placeholder = null) => Fields.Line(name, label, _visit.Asked(name), placeholder);

    private string Download(string format) =>
        Paging.With(_visit, "format", format).Replace("/trail?", "/trail/download?", StringComparison.Ordinal);
}
