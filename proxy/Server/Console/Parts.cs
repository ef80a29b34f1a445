using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Console;

/// <summary>Small pieces that many pages have.</summary>
internal static class Parts
{
    private const string Emergency = "used in an emergency, before anybody signed";
    private const string Machine = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>A moment.</summary>
    public static Html Time(DateTimeOffset? time) => time is not { } at ? Html.Nothing : Html.Of($"""
        <time datetime="{Stamp(at, Machine)}" title="{Stamp(at, "yyyy-MM-dd HH:mm:ss.fff 'UTC'")}">{Stamp(at, "d MMM yyyy, HH:mm")}</time>
        """);

    /// <summary>A moment to the second, for the trail.</summary>
    public static Html ExactTime(DateTimeOffset at) => Html.Of($"<time datetime=\"{Stamp(at, Machine)}\">{Stamp(at, "yyyy-MM-dd HH:mm:ss")}</time>");

    /// <summary>A sentence that may be passed over.</summary>
    public static Html Dim(string text) => Html.Of($"<p class=\"dim\">{text}</p>");

    /// <summary>Words beside a fact.</summary>
    public static Html Aside(string text) => Html.Of($"<span class=\"dim\">{text}</span>");

    /// <summary>A sentence that must not be passed over.</summary>
    public static Html Warning(string text) => Html.Of($"<p class=\"warning\">{text}</p>");

    /// <summary>What stands where a list would be.</summary>
    public static Html Empty(string text, string more) => Html.Of($"<div class=\"card empty\"><p><strong>{text}</strong></p>{Dim(more)}</div>");

    /// <summary>A grant's status; one that has run as often as it may is not as it seems.</summary>
    public static Html Status(Grant grant, DateTimeOffset now)
    {
        var status = grant.StatusAt(now);
        return status == GrantStatus.Active && grant.IsSpent
            ? Html.Of($"""<span class="badge expired">used up</span>""")
            : Html.Of($"""<span class="badge {DeskWords.NameOf(status)}">{DeskWords.NameOf(status)}</span>""");
    }

    /// <summary>What a grant may beyond the usual.</summary>
    public static Html Flags(Grant grant) => Html.Join(
    [
        grant.Kind == GrantKind.Role ? Flag("role", "any statement of a role") : default,
        grant.Unmask ? Flag("unmask", "sensitive columns come in clear") : default,
        grant.Export ? Flag("export", "may be exported in bulk") : default,
        grant.NeedsReview ? Flag("break-glass, not reviewed", Emergency) : grant.Request.BreakGlass ? Flag("break-glass", Emergency) : default,
    ]);

    /// <summary>How long an active grant still holds.</summary>
    public static Html TimeLeft(Grant grant, DateTimeOffset now)
    {
        if (grant.StatusAt(now) != GrantStatus.Active || grant.ExpiresAt is not { } end)
            return Html.Nothing;

        var left = end - now;
        var soon = left < TimeSpan.FromMinutes(15) ? " soon" : "";
        return Html.Of($"""<span class="left{soon}" data-until="{end.ToUnixTimeSeconds()}">{Left(left)} left</span>""");
    }

    /// <summary>A duration for people: the two largest units.</summary>
    public static string Left(TimeSpan left) => left switch
    {
        { TotalDays: >= 1 } => $"{left.Days} d {left.Hours} h",
        { TotalHours: >= 1 } => $"{left.Hours} h {left.Minutes} min",
        { TotalMinutes: >= 1 } => $"{left.Minutes} min {left.Seconds} s",
        _ => $"{Math.Max(0, left.Seconds)} s",
    };

    /// <summary>Facts, each with its name; those without a value are left out.</summary>
    public static Html Facts(params ReadOnlySpan<(string Name, Html Value)> facts)
    {
        var rows = ImmutableArray.CreateBuilder<Html>(facts.Length);
        foreach (var (name, value) in facts)
        {
            if (!value.IsEmpty)
                rows.Add(Html.Of($"<div><dt>{name}</dt><dd>{value}</dd></div>"));
        }

        return Html.Of($"""<dl class="facts">{Html.Join(rows)}</dl>""");
    }

    /// <summary>Text as markup; nothing if there is none.</summary>
    public static Html Text(string? text) => string.IsNullOrEmpty(text) ? Html.Nothing : Html.Of($"{text}");

    /// <summary>The steps of a flow, signed and not.</summary>
    public static Html Steps(ImmutableArray<GrantStep> steps) => steps.IsEmpty
        ? Html.Of($"""<p class="dim">No signature is needed.</p>""")
        : Html.Of($"""<ol class="steps">{Html.Each(steps, Step)}</ol>""");

    /// <summary>The steps that a request would wait for.</summary>
    public static Html Steps(ImmutableArray<ApprovalStep> steps) => steps.IsEmpty
        ? Html.Of($"""<p class="dim">No signature is needed: it holds at once.</p>""")
        : Html.Of($"""<ol class="steps">{Html.Each(steps, static s => Html.Of($"<li><b>{s.ToString()}</b></li>"))}</ol>""");

    /// <summary>A list of sentences; nothing if there is none.</summary>
    public static Html Warnings(IEnumerable<string> warnings) => Html.Each(warnings, Warning);

    /// <summary>An attribute that is there or not.</summary>
    public static Html Is(bool holds, string attribute) => holds ? Html.Of($"{attribute}") : Html.Nothing;

    /// <summary>A duration, as the configuration file writes it.</summary>
    public static string Duration(TimeSpan duration) => Units.Format(duration);

    private static Html Flag(string name, string meaning) => Html.Of($"""<span class="badge flag" title="{meaning}">{name}</span>""");

    private static Html Step(GrantStep step) => step is { By: { } by, At: { } at }
        ? Html.Of($"""<li class="signed"><b>{step.Role}</b> signed by {by} <span class="dim">{Time(at)}</span>{Said(step.Comment)}</li>""")
        : Html.Of($"""<li><b>{step.Role}</b> <span class="dim">not signed</span></li>""");

    private static Html Said(string? comment) => string.IsNullOrEmpty(comment) ? Html.Nothing : Html.Of($"<q>{comment}</q>");

    private static string Stamp(DateTimeOffset at, string form) => at.UtcDateTime.ToString(form, CultureInfo.InvariantCulture);
}
