using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `webhooks`.</summary>
internal static class WebhooksPart
{
    private const int CountMax = 32;

    private static readonly (string Word, WebhookEvent Value)[] Events =
    [
        ("requested", WebhookEvent.Requested), ("break_glass", WebhookEvent.BreakGlass), ("step_waiting", WebhookEvent.StepWaiting),
        ("approved", WebhookEvent.Approved), ("rejected", WebhookEvent.Rejected), ("canceled", WebhookEvent.Canceled),
        ("revoked", WebhookEvent.Revoked), ("expiring", WebhookEvent.Expiring), ("expired", WebhookEvent.Expired),
        ("first_used", WebhookEvent.FirstUsed), ("sent_back", WebhookEvent.SentBack), ("reviewed", WebhookEvent.Reviewed),
    ];

    /// <summary>An event as configuration and bodies name it.</summary>
    public static string NameOf(WebhookEvent what) => what == WebhookEvent.Ping ? "ping" : Array.Find(Events, e => e.Value == what).Word;

    /// <summary>All hooks.</summary>
    public static ImmutableArray<WebhookConfiguration> Read(Reading reading, Section root)
    {
        if (root.Find("webhooks") is not { } node || reading.Items(node) is not { } items)
            return [];

        if (items.Length > CountMax)
            reading.Faults.Add(node, $"there may be at most {CountMax} webhooks");

        var hooks = ImmutableArray.CreateBuilder<WebhookConfiguration>();
        foreach (var item in items)
        {
            if (ReadOne(reading, item) is { } hook)
                hooks.Add(hook);
        }

        return hooks.ToImmutable();
    }

    private static WebhookConfiguration? ReadOne(Reading reading, ConfigurationNode node)
    {
        if (reading.Section(node, "a webhook") is not { } section)
            return null;

        var url = section.Require("url") is { } urlNode ? ReadUrl(reading, urlNode) : null;
        var secret = section.Find("secret") is { } secretNode ? reading.Text(secretNode) : null;
        var format = section.Find("format") is { } formatNode
            ? reading.Choice(formatNode, ("json", WebhookFormat.Json), ("slack", WebhookFormat.Slack))
            : WebhookFormat.Json;
        var events = ImmutableArray.CreateBuilder<WebhookEvent>();
        if (section.Find("events") is { } eventsNode && reading.Items(eventsNode) is { } names)
        {
            foreach (var name in names)
            {
                if (reading.Choice<WebhookEvent>(name, Events) is { } what)
                    events.Add(what);
            }
        }

        section.Close();
        return url is null ? null : new() { Url = url, Secret = secret, Format = format ?? WebhookFormat.Json, Events = events.ToImmutable() };
    }

    private static Uri? ReadUrl(Reading reading, ConfigurationNode node)
    {
        if (reading.Text(node) is not { } text)
            return null;

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
        {
            reading.Faults.Add(node, "this is not an address to post to; write https://HOST/PATH");
            return null;
        }

        if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback)
            reading.Faults.Add(node, "statements and names would leave this machine in clear; use https");

        return url;
    }
}
