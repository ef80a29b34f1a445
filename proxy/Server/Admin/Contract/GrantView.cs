using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace JitProxy.Server.Admin.Contract;

/// <summary>A grant, with exactly the fields of the contract.</summary>
internal record GrantView
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>`statement` or `role`.</summary>
    public required string Kind { get; init; }

    /// <summary>`pending`, `active`, `expired`, `revoked`, `rejected` or `canceled`.</summary>
    public required string Status { get; init; }

    /// <summary>Who may use it.</summary>
    public required string User { get; init; }

    /// <summary>`server/database`.</summary>
    public required ImmutableArray<string> Databases { get; init; }

    /// <summary>The statement; null for a role.</summary>
    public required string? Statement { get; init; }

    /// <summary>The role; null for a statement.</summary>
    public required string? Role { get; init; }

    /// <summary>Masked columns come in clear.</summary>
    public required bool Unmask { get; init; }

    /// <summary>Bulk extraction is allowed.</summary>
    public required bool Export { get; init; }

    /// <summary>Why it was requested.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When the last step was signed.</summary>
    public required DateTimeOffset? ApprovedAt { get; init; }

    /// <summary>When it stops to hold.</summary>
    public required DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The signatures that it needs, in order.</summary>
    public required ImmutableArray<StepView> Steps { get; init; }

    /// <summary>How often it ran.</summary>
    public required long Executions { get; init; }

    /// <summary>For a break-glass grant: `open`, or who reviewed it; left out for others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Review { get; init; }

    /// <summary>True for a role grant whose user is reminded that it ends; left out for others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EndsSoon { get; init; }
}

/// <summary>A signature, or the place for one.</summary>
internal sealed record StepView(string Role, string? By, DateTimeOffset? At);

/// <summary>A grant in full: what an approver needs to see, after the fields of the contract.</summary>
internal sealed record GrantDetail : GrantView
{
    /// <summary>The project whose rules decide.</summary>
    [JsonPropertyOrder(1)]
    public required string Project { get; init; }

    /// <summary>The schema in which unqualified names are looked up.</summary>
    [JsonPropertyOrder(1)]
    public required string Schema { get; init; }

    /// <summary>How long it holds from approval, as `4h`.</summary>
    [JsonPropertyOrder(1)]
    public required string Duration { get; init; }

    /// <summary>Seconds until it expires; null unless it is active.</summary>
    [JsonPropertyOrder(1)]
    public required long? SecondsLeft { get; init; }

    /// <summary>How often it may run; null for no limit.</summary>
    [JsonPropertyOrder(1)]
    public required long? ExecutionsMax { get; init; }

    /// <summary>What parameters may be; those without a rule may be anything.</summary>
    [JsonPropertyOrder(1)]
    public required ImmutableArray<string> Parameters { get; init; }

    /// <summary>The networks that it may be used from; empty for everywhere.</summary>
    [JsonPropertyOrder(1)]
    public required ImmutableArray<string> From { get; init; }

    /// <summary>The rejected request that this one repeats, or the grant that it prolongs.</summary>
    [JsonPropertyOrder(1)]
    public required long? Follows { get; init; }

    /// <summary>Comments of approvers and of who ended it, as `bob: text`.</summary>
    [JsonPropertyOrder(1)]
    public required ImmutableArray<string> Comments { get; init; }

    /// <summary>What the statement reads, per database; empty for a role.</summary>
    [JsonPropertyOrder(1)]
    public required ImmutableArray<Explanation> Explanations { get; init; }

    /// <summary>What an approver should know before signing.</summary>
    [JsonPropertyOrder(1)]
    public required ImmutableArray<string> Warnings { get; init; }
}
