using System.Collections.Immutable;

namespace JitProxy.Policy.Grants;

/// <summary>What became of a request. Plain data: <see cref="Grant"/> makes sure that it is consistent.</summary>
public sealed record GrantProgress
{
    /// <summary>The last state that somebody brought about; never <see cref="GrantStatus.Expired"/>.</summary>
    public GrantStatus State { get; init; }

    /// <summary>Counts the transitions, from 1; lets a store notice that somebody else was faster.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>When it was requested, UTC.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>Whether masked columns come in clear; never more than was asked.</summary>
    public bool Unmask { get; init; }

    /// <summary>Whether bulk extraction is allowed; never more than was asked.</summary>
    public bool Export { get; init; }

    /// <summary>How long it holds from approval; never longer than was asked.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How often it may run; null for no limit; never more often than was asked.</summary>
    public int? ExecutionsMax { get; init; }

    /// <summary>The signatures that it needs, in order.</summary>
    public ImmutableArray<GrantStep> Steps { get; init; } = [];

    /// <summary>When the last step was signed, UTC.</summary>
    public DateTimeOffset? ApprovedAt { get; init; }

    /// <summary>When it stops to hold, UTC.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How often it ran; counted exactly for grants with a limit.</summary>
    public long Executions { get; init; }

    /// <summary>Who reviewed a break-glass grant; null while nobody has.</summary>
    public string? ReviewedBy { get; init; }

    /// <summary>When that was, UTC.</summary>
    public DateTimeOffset? ReviewedAt { get; init; }

    /// <summary>What the reviewer said.</summary>
    public string? ReviewComment { get; init; }

    /// <summary>Who rejected, canceled or revoked it.</summary>
    public string? EndedBy { get; init; }

    /// <summary>When that was, UTC.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What they said.</summary>
    public string? EndComment { get; init; }
}
