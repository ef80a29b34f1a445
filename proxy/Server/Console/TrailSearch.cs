using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>The search form of the trail: a field for every field of a record.</summary>
internal sealed class TrailSearch
{
    private static readonly string[] Rare =
        ["actor", "client", "server", "digest", "error", "outcome", "masked", "rows_min", "rows_max", "bytes_min", "bytes_max", "ms_min", "ms_max"];

    private readonly Visit _visit;

    private TrailSearch(Visit visit)
    {
        _visit = visit;
        Filter = new()
        {
            User = visit.Asked("user"),
            Actor = visit.Asked("actor"),
            Client = visit.Asked("client"),
            Server = visit.Asked("server"),
            Database = visit.Asked("database"),
            Grant = Number("grant"),
            Text = visit.Asked("text"),
            Digest = visit.Asked("digest")?.ToLowerInvariant(),
            Error = visit.Asked("error"),
            Events = visit.Asked("event") is { } name ? AuditNames.TryParse(name, out var found) ? [found] : Wrong<AuditEvent>(name, "an event") : [],
            Outcomes = visit.Asked("outcome") is { } word ? OutcomeOf(word) : [],
            MaskedColumn = visit.Asked("masked"),
            Rows = new(Number("rows_min"), Number("rows_max")),
            Bytes = new(Number("bytes_min"), Number("bytes_max")),
            Duration = new(Milliseconds("ms_min"), Milliseconds("ms_max")),
            Since = Time("since"),
            Until = Time("until"),
            Seq = Number("record"),
        };
    }

    /// <summary>What is asked for.</summary>
    public AuditFilter Filter { get; }

    /// <summary>What is wrong with a field; null if nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads the address.</summary>
    public static TrailSearch Read(Visit visit) => new(visit);

    /// <summary>The form, filled in.</summary>
    public Html Form() => Html.Of($"""
        <form class="card" method="get" action="/trail" role="search" aria-label="Search the trail">
        <div class="search">
        {Line("user", "User")}{Line("database", "Database", "shop/app")}{Line("grant", "Grant")}
        {Fields.Select("event", "Event", _visit.Asked("event"), Events)}{Line("text", "Statement holds")}
        {Line("since", "Since", "2026-05-01 08:00")}{Line("until", "Until")}{Line("record", "Record")}
        </div>
        <details{Parts.Is(Rare.Any(n => _visit.Asked(n) is not null), " open")}><summary>More fields</summary><div class="search">
        {Line("actor", "Done by")}{Line("client", "From", "10.1.2.3")}{Line("server", "Server")}
        {Fields.Select("outcome", "Outcome", _visit.Asked("outcome"), Outcomes)}{Line("error", "Error holds")}{Line("masked", "Masked column")}
        {Line("rows_min", "Rows from")}{Line("rows_max", "Rows to")}{Line("bytes_min", "Bytes from")}{Line("bytes_max", "Bytes to")}
        {Line("ms_min", "Milliseconds from")}{Line("ms_max", "Milliseconds to")}{Line("digest", "Digest")}
        </div></details>
        <p class="acts"><button class="primary">Search</button> <a href="/trail">Everything</a>
        <a href="{Download("csv")}">CSV</a> <a href="{Download("jsonl")}">JSON Lines</a> <a href="/trail/plots">Plots</a></p>
        </form>
        """);

    private static IEnumerable<(string Value, string Text)> Events => Enum.GetValues<AuditEvent>()
        .Where(static e => e != AuditEvent.None).Select(AuditNames.Of).Select(static e => (e, e.Replace('_', ' '))).Prepend(("", "any"));

    private static IEnumerable<(string Value, string Text)> Outcomes =>
        Enum.GetValues<AuditOutcome>().Select(AuditNames.Of).OfType<string>().Select(static o => (o, o)).Prepend(("", "any"));

    private Html Line(string name, string label, string? placeholder = null) => Fields.Line(name, label, _visit.Asked(name), placeholder);

    private string Download(string format) =>
        Paging.With(_visit, "format", format).Replace("/trail?", "/trail/download?", StringComparison.Ordinal);

    private ImmutableArray<AuditOutcome> OutcomeOf(string word)
    {
        foreach (var outcome in Enum.GetValues<AuditOutcome>())
        {
            if (AuditNames.Of(outcome) == word)
                return [outcome];
        }

        return Wrong<AuditOutcome>(word, "an outcome");
    }

    private ImmutableArray<T> Wrong<T>(string text, string what)
    {
        Fault ??= $"\"{text}\" is not {what}.";
        return [];
    }

    private long? Milliseconds(string name) => Number(name) is { } number ? number > long.MaxValue / 1000 ? long.MaxValue : number * 1000 : null;

    private long? Number(string name)
    {
        if (_visit.Asked(name) is not { } text)
            return null;

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;

        Fault ??= $"\"{text}\" is not a number.";
        return null;
    }

    private DateTimeOffset? Time(string name)
    {
        if (_visit.Asked(name) is not { } text)
            return null;

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return time;

        Fault ??= $"\"{text}\" is not a time. Write 2026-05-01 or 2026-05-01 08:00.";
        return null;
    }
}
