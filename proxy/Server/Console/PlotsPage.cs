using System.Collections.Immutable;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Console;

/// <summary>What happened over time.</summary>
internal static class PlotsPage
{
    private const string Whose = "Everybody sees their own, owners those of their databases.";

    // So many hours, in bars of so many.
    private static readonly (string Name, string Words, int Hours, int Bar, string Form)[] Spans =
        [("1d", "day", 24, 1, "HH:mm"), ("7d", "7 days", 168, 6, "ddd d"), ("30d", "30 days", 720, 24, "d MMM"), ("90d", "90 days", 2160, 24, "d MMM")];

    /// <summary>The plots of a time, of everything or of one person or database.</summary>
    public static Task ShowAsync(Visit visit)
    {
        var span = Spans.FirstOrDefault(s => s.Name == visit.Asked("span"));
        span = span.Name is null ? Spans[1] : span;
        var (user, database) = (visit.Asked("user"), visit.Asked("database"));
        if (user is null && database is null && !visit.Caller.SeesAll(visit.Configuration))
            user = visit.Session.User;

        // The last bar holds this hour.
        var until = new DateTimeOffset(visit.Now.UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero).AddHours(1);
        var from = until.AddHours(-span.Hours);
        var tallies = visit.Services.Audit.Tally(new(user, database), from, until, visit.Caller);
        return visit.ShowAsync("Plots", Tab.Trail, Html.Of($"""
            <h1>Over time</h1>
            <form class="card search" method="get" action="/trail/plots" aria-label="What to plot">
            {Fields.Select("span", "The last", span.Name, Spans.Select(static s => (s.Name, s.Words)))}
            {Fields.Line("user", "User", user)}{Fields.Line("database", "Database", database, "shop/app")}
            <p class="acts"><button class="primary">Show</button> <a href="/trail">Back to the trail</a></p></form>
            {(tallies is { } found ? Plots(found, from, span) : Parts.Empty("You may not see these.", Whose))}
            """));
    }

    private static Html Plots(ImmutableArray<AuditTally> tallies, DateTimeOffset from, (string Name, string Words, int Hours, int Bar, string Form) span)
    {
        return Html.Of($"""
            <div class="plots">
            {PlotView.Bars("Executions", Sum(AuditEvent.Authorized, static t => t.Records), span.Form)}
            {PlotView.Bars("Refusals", Sum(AuditEvent.Denied, static t => t.Records), span.Form, isBad: true)}
            {PlotView.Bars("Exports", Sum(AuditEvent.Exported, static t => t.Records), span.Form)}
            {PlotView.Bars("Rows", Sum(AuditEvent.Finished, static t => t.Rows), span.Form)}
            </div>
            """);

        List<(DateTimeOffset At, long Count)> Sum(AuditEvent counted, Func<AuditTally, long> value)
        {
            var bars = new long[span.Hours / span.Bar];
            foreach (var tally in tallies.Where(t => t.Event == counted))
                bars[Math.Clamp((int)((tally.Hour - from).TotalHours / span.Bar), 0, bars.Length - 1)] += value(tally);

            return [.. bars.Select((count, i) => (from.AddHours(i * span.Bar), count))];
        }
    }
}
