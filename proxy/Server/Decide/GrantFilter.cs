using System.Buffers;
using System.Collections.Immutable;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>Which grants to list; null does not restrict.</summary>
/// <param name="Status">Only those of this status now.</param>
/// <param name="User">Only those of this user.</param>
/// <param name="Database">Only those for this database, as <c>server/database</c>.</param>
/// <param name="NeedsReview">Only break-glass grants that nobody has reviewed.</param>
internal sealed record GrantFilter(GrantStatus? Status = null, string? User = null, string? Database = null, bool NeedsReview = false)
{
    private readonly SearchValues<string>? _text;

    /// <summary>Only those of one of these statuses now; default or empty does not restrict.</summary>
    public ImmutableArray<GrantStatus> Statuses { get; init; }

    /// <summary>Only those of this project.</summary>
    public string? Project { get; init; }

    /// <summary>Only those for a statement, or for a role.</summary>
    public GrantKind? Kind { get; init; }

    /// <summary>Only those for this database role.</summary>
    public string? Role { get; init; }

    /// <summary>Only those with, or without, masked columns in clear.</summary>
    public bool? Unmask { get; init; }

    /// <summary>Only those with, or without, bulk extraction.</summary>
    public bool? Export { get; init; }

    /// <summary>Only those whose statement or reason holds this text, in any letter case.</summary>
    public string? Text
    {
        get;
        init
        {
            field = value;
            _text = string.IsNullOrEmpty(value) ? null : SearchValues.Create([value], StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>Only those requested in this time.</summary>
    public TimeRange Requested { get; init; }

    /// <summary>Only those approved in this time.</summary>
    public TimeRange Approved { get; init; }

    /// <summary>Only those that expire or expired in this time.</summary>
    public TimeRange Expires { get; init; }

    /// <summary>Only requests whose next step this one could sign now.</summary>
    public Func<Grant, Signer>? WaitingFor { get; init; }

    /// <summary>Only those that the reader may see.</summary>
    public Predicate<Grant>? Visible { get; init; }

    /// <summary>Whether only requests that wait can be among them.</summary>
    public bool IsPendingOnly => Status == GrantStatus.Pending || WaitingFor is not null || (!Statuses.IsDefault && Statuses is [GrantStatus.Pending]);

    /// <summary>Whether the grant is one of them.</summary>
    public bool Takes(Grant grant, DateTimeOffset now) =>
        (!NeedsReview || grant.NeedsReview)
        && (Status is null || grant.StatusAt(now) == Status)
        && (Statuses.IsDefaultOrEmpty || Statuses.Contains(grant.StatusAt(now)))
        && (User is null || string.Equals(grant.User, User, StringComparison.Ordinal))
        && (Database is null || grant.Databases.Contains(Database, StringComparer.Ordinal))
        && (Project is null || string.Equals(grant.Project, Project, StringComparison.Ordinal))
        && (Kind is null || grant.Kind == Kind)
        && (Role is null || string.Equals(grant.Role, Role, StringComparison.Ordinal))
        && (Unmask is null || grant.Unmask == Unmask)
        && (Export is null || grant.Export == Export)
        && Requested.Holds(grant.RequestedAt)
        && Approved.Holds(grant.ApprovedAt)
        && Expires.Holds(grant.ExpiresAt)
        && (Visible is null || Visible(grant))
        && (_text is null || Holds(grant.Statement) || Holds(grant.Reason))
        && (WaitingFor is null || GrantFlow.Approve(grant, WaitingFor(grant), ApprovalTerms.AsRequested, now).TryGetGrant(out _, out _));

    private bool Holds(string? text) => text is not null && text.AsSpan().ContainsAny(_text!);
}

/// <summary>A stretch of time; default is all of it, and never.</summary>
/// <param name="Since">The first moment; null for no bound.</param>
/// <param name="Until">The first moment behind; null for no bound.</param>
internal readonly record struct TimeRange(DateTimeOffset? Since, DateTimeOffset? Until)
{
    /// <summary>Whether the moment is in it.</summary>
    public bool Holds(DateTimeOffset? moment) =>
        (Since is null || moment >= Since) && (Until is null || moment < Until);
}
