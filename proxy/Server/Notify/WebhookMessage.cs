using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Notify;

/// <summary>One thing that happened, as a hook is told.</summary>
/// <param name="Event">What.</param>
/// <param name="At">When.</param>
/// <param name="Grant">The grant after it; null for a ping.</param>
/// <param name="By">Who did it; null for the clock.</param>
/// <param name="Comment">What they said.</param>
internal sealed record WebhookMessage(WebhookEvent Event, DateTimeOffset At, Grant? Grant, string? By, string? Comment)
{
    /// <summary>How often the grant was used by then.</summary>
    public long Executions { get; init; }

    /// <summary>The grant's statement, as the rules of redaction let it leave; null for a role.</summary>
    public string? Statement { get; init; }

    /// <summary>The header that proves who sent the body: <c>sha256=</c> and the HMAC-SHA-256 of it under the secret, in hexadecimal.</summary>
    public const string SignatureHeader = "X-JitProxy-Signature";

    /// <summary>Statements are cut to this many characters in texts for people.</summary>
    private const int StatementLengthMax = 300;

    /// <summary>The body, UTF-8.</summary>
    public byte[] ToBody(WebhookFormat format) => format switch
    {
        WebhookFormat.Json => JsonSerializer.SerializeToUtf8Bytes(
            new WebhookView(WebhooksPart.NameOf(Event), At, By, Comment, ViewOf(Grant)), AdminJson.Compact),
        WebhookFormat.Slack => JsonSerializer.SerializeToUtf8Bytes(new { text = ToText() }, AdminJson.Compact),
    };

    /// <summary>The signature of a body.</summary>
    public static string Sign(ReadOnlySpan<byte> body, string secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    private string ToText()
    {
        if (Grant is not { } grant)
            return "JitProxy: this hook works.";

        var what = Event switch
        {
            WebhookEvent.Requested => $"{grant.User} asks for grant {grant.Id}",
            WebhookEvent.BreakGlass => $"EMERGENCY: {grant.User} runs grant {grant.Id} without approval; an owner has to review it",
            WebhookEvent.StepWaiting => $"grant {grant.Id} of {grant.User} waits for {grant.NextStep?.Role}",
            WebhookEvent.Approved => $"grant {grant.Id} of {grant.User} is active until {Time(grant.ExpiresAt)}",
            WebhookEvent.Rejected => $"grant {grant.Id} of {grant.User} was rejected by {By}",
            WebhookEvent.SentBack => $"grant {grant.Id} of {grant.User} was sent back by {By}: to be asked for again with changes",
            WebhookEvent.Reviewed => $"grant {grant.Id} of {grant.User}, used in an emergency, was reviewed by {By}",
            WebhookEvent.Canceled => $"grant {grant.Id} of {grant.User} was withdrawn by {By}",
            WebhookEvent.Revoked => $"grant {grant.Id} of {grant.User} was revoked by {By}",
            WebhookEvent.Expiring => $"grant {grant.Id} of {grant.User} ends at {Time(grant.ExpiresAt)}",
            WebhookEvent.Expired => $"grant {grant.Id} of {grant.User} has ended",
            WebhookEvent.FirstUsed => $"grant {grant.Id} of {grant.User} was used for the first time",
            WebhookEvent.Ping => "this hook works",
        };
        var flags = (grant.Unmask ? ", unmask" : "") + (grant.Export ? ", export" : "");
        var said = string.IsNullOrWhiteSpace(Comment) ? "" : $" ({Escape(Comment)})";
        return $"JitProxy: {Escape(what)}{said}: {Escape(string.Join(", ", grant.Databases))}{flags}\n`{Escape(Subject(grant))}`";
    }

    private GrantView? ViewOf(Grant? grant) =>
        grant is null ? null : GrantViews.Of(grant, At, Executions) with { Statement = Statement };

    private string Subject(Grant grant)
    {
        var subject = (Statement ?? $"role {grant.Role}").ReplaceLineEndings(" ").Replace('`', '\'');
        return subject.Length <= StatementLengthMax ? subject : subject[..StatementLengthMax] + "...";
    }

    // What chat programs take for markup and mentions.
    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static string Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) ?? "?";

    private sealed record WebhookView(string Event, DateTimeOffset At, string? By, string? Comment, GrantView? Grant);
}
