using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>What somebody may want to hear of.</summary>
internal enum WebhookEvent : byte
{
    /// <summary>Sent by <c>jitproxy check</c> only.</summary>
    Ping = 0,

    /// <summary>Somebody asks for a grant.</summary>
    Requested,

    /// <summary>A signature is waited for: after a request, and after each signature but the last.</summary>
    StepWaiting,

    /// <summary>The last step is signed.</summary>
    Approved,

    /// <summary>It was turned down.</summary>
    Rejected,

    /// <summary>It was turned down so that its user asks again with changes.</summary>
    SentBack,

    /// <summary>An owner looked at what was done in an emergency.</summary>
    Reviewed,

    /// <summary>Its user withdrew it.</summary>
    Canceled,

    /// <summary>It was taken back.</summary>
    Revoked,

    /// <summary>An active grant ends soon.</summary>
    Expiring,

    /// <summary>An active grant has ended by the clock.</summary>
    Expired,

    /// <summary>A grant was used for the first time.</summary>
    FirstUsed,

    /// <summary>Somebody runs something in an emergency, without approval.</summary>
    BreakGlass,
}

/// <summary>How a webhook's body is written.</summary>
internal enum WebhookFormat : byte
{
    /// <summary>The event and the grant, as the API has it.</summary>
    Json,

    /// <summary><c>{"text": "..."}</c>, as Slack and its like take it.</summary>
    Slack,
}

/// <summary>One entry of `webhooks`: where to POST what happens.</summary>
internal sealed record WebhookConfiguration
{
    /// <summary>Where to; https, or http to this machine.</summary>
    public required Uri Url { get; init; }

    /// <summary>The key of the signature; null for none.</summary>
    public required string? Secret { get; init; }

    /// <summary>How the body is written.</summary>
    public required WebhookFormat Format { get; init; }

    /// <summary>What is sent; empty for all.</summary>
    public required ImmutableArray<WebhookEvent> Events { get; init; }

    /// <summary>Host and path only: an address may hold a secret in its query.</summary>
    public string Name => $"{Url.Scheme}://{Url.Authority}{Url.AbsolutePath}";

    /// <summary>True if the event is wanted.</summary>
    public bool Takes(WebhookEvent what) => Events.IsEmpty || Events.Contains(what);

    /// <summary>Without the secret, so that a log line cannot hold it.</summary>
    public override string ToString() => Name;
}
