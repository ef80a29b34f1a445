using System.Globalization;

namespace JitProxy.Server.Console;

/// <summary>Counts over time, as a drawing that the server makes.</summary>
internal static class PlotView
{
    private const int Width = 420;
    private const int Height = 140;
    private const int Left = 40;
    private const int Bottom = 22;
    private const int Top = 10;

    /// <summary>One bar for each stretch of time.</summary>
    /// <param name="title">What is counted.</param>
    /// <param name="counts">Each stretch, by its beginning, and its count.</param>
    /// <param name="form">How to write a beginning.</param>
    /// <param name="isBad">Whether few of them are good news.</param>
    public static Html Bars(string title, IReadOnlyList<(DateTimeOffset At, long Count)> counts, string form, bool isBad = false)
    {
        var total = counts.Sum(static c => c.Count);
        var most = Math.Max(1, counts.Count == 0 ? 1 : counts.Max(static c => c.Count));
        var step = (Width - Left) / (double)Math.Max(1, counts.Count);
        var ground = Height - Bottom;
        return Html.Of($"""
            <figure class="card plot"><figcaption><h2>{title} <span class="dim">{Short(total)} in all</span></h2></figcaption>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}: {Short(total)} in all, at most {Short(most)} at a time">
            <line class="axis" x1="{Left}" y1="{ground}" x2="{Width}" y2="{ground}"/>
            <text x="{Left - 6}" y="{Top + 8}" text-anchor="end">{Short(most)}</text><text x="{Left - 6}" y="{ground}" text-anchor="end">0</text>
            {Html.Each(Enumerable.Range(0, counts.Count).Where(i => counts[i].Count > 0), Bar)}
            {Html.Each(Labels(counts.Count), i => Html.Of($"<text x=\"{Place(Left + (i * step))}\" y=\"{Height - 6}\">{Stamp(counts[i].At, form)}</text>"))}
            </svg></figure>
            """);

        // What happened at all is seen.
        Html Bar(int i)
        {
            var height = Math.Max(1.5, (ground - Top) * (double)counts[i].Count / most);
            return Html.Of($"""
                <rect class="bar{(isBad ? " bad" : "")}" x="{Place(Left + (step * (i + 0.08)))}" y="{Place(ground - height)}"
                width="{Place(Math.Max(0.8, step * 0.84))}" height="{Place(height)}"><title>{Stamp(counts[i].At, form)}: {counts[i].Count}</title></rect>
                """);
        }
    }

    /// <summary>A count as people say it: 950, 12.3k, 4.5M.</summary>
    public static string Short(long count) => count switch
    {
        >= 10_000_000 => (count / 1_000_000.0).ToString("0", CultureInfo.InvariantCulture) + "M",
        >= 1_000_000 => (count / 1_000_000.0).ToString("0.0", CultureInfo.InvariantCulture) + "M",
        >= 10_000 => (count / 1000.0).ToString("0.0", CultureInfo.InvariantCulture) + "k",
        _ => count.ToString(CultureInfo.InvariantCulture),
    };

    // Four at most, so that they stay apart.
    private static IEnumerable<int> Labels(int count) => count == 0 ? [] : Enumerable.Range(0, Math.Min(4, count)).Select(i => i * count / Math.Min(4, count));

    private static string Place(double at) => at.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Stamp(DateTimeOffset at, string form) => at.UtcDateTime.ToString(form, CultureInfo.InvariantCulture);
}
