using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace JitProxy.Server.Admin.Contract;

/// <summary>Somebody who may sign in.</summary>
internal sealed record UserView(string Name, DateTimeOffset CreatedAt);

/// <summary>A new token; the secret is shown this once.</summary>
internal sealed record TokenView(long Id, string User, string Token, DateTimeOffset ExpiresAt);

/// <summary>A token that can be used, without its secret.</summary>
internal sealed record TokenShown(long Id, string User, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <summary>What a change did.</summary>
internal sealed record Done(string Message);

/// <summary>An audit record: the fields of the contract, and three more where they are known.</summary>
internal sealed record AuditView
{
    public required long Seq { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Event { get; init; }

    public required string? User { get; init; }

    public required string? Client { get; init; }

    public required string? Server { get; init; }

    public required string? Database { get; init; }

    public required long? Grant { get; init; }

    public required string? Statement { get; init; }

    public required string? Digest { get; init; }

    /// <summary>True if values were taken out of the statement; the digest is keyed then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Redacted { get; init; }

    public required ImmutableArray<string?>? Parameters { get; init; }

    public required long? Rows { get; init; }

    public required long? Bytes { get; init; }

    public required ImmutableArray<string>? Masked { get; init; }

    public required string? Outcome { get; init; }

    public required string? Error { get; init; }

    public required long? DurationUs { get; init; }

    public required string? Hash { get; init; }

    /// <summary>The `authorized` record that this one ends.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Execution { get; init; }

    /// <summary>Who acted, when that is not <see cref="User"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Actor { get; init; }

    /// <summary>More words.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }
}

/// <summary>A line of `audit verify`: how far it is, and on the last line what it found.</summary>
/// <param name="Seq">Records checked so far.</param>
/// <param name="LastSeq">Records in all.</param>
/// <param name="Intact">On the last line: whether the chain holds.</param>
/// <param name="Message">On the last line: the finding, for people.</param>
internal sealed record VerifyLine(long Seq, long LastSeq, bool? Intact, string? Message);

/// <summary>A line of a run: columns first, then rows, then the end. Exactly one of the fields is there.</summary>
internal sealed record RunLine
{
    /// <summary>The result's columns.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<RunColumn>? Columns { get; init; }

    /// <summary>One row as text; null is NULL.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<string?>? Row { get; init; }

    /// <summary>How it ended.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunEnd? End { get; init; }
}

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mask">The algorithm that hides it; null in clear.</param>
internal sealed record RunColumn(string Name, string? Mask);

/// <summary>How a run ended.</summary>
/// <param name="Rows">Rows sent.</param>
/// <param name="Error">What stopped it; null when it is complete.</param>
/// <param name="Detail">Why.</param>
/// <param name="Hint">What to do next.</param>
internal sealed record RunEnd(long Rows, string? Error = null, string? Detail = null, string? Hint = null);

/// <summary>Why the API did not do something (RFC 9457).</summary>
/// <param name="Title">What happened.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">Where and why.</param>
/// <param name="Hint">What to do next.</param>
internal sealed record Problem(string Title, int Status, string? Detail = null, string? Hint = null)
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/problem+json";
}
