using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Grants;

/// <summary>A request and what became of it; immutable. A change makes a new value.</summary>
/// <remarks>Only <see cref="GrantFlow"/> changes one, and <see cref="TryRestore"/> reads one back; both keep <see cref="GrantInvariants"/>.</remarks>
public sealed class Grant
{
    internal Grant(long id, GrantRequest request, GrantProgress progress) => (Id, Request, Progress) = (id, request, progress);

    /// <summary>Its number, from 1.</summary>
    public long Id { get; }

    /// <summary>What was asked.</summary>
    public GrantRequest Request { get; }

    /// <summary>What became of it.</summary>
    public GrantProgress Progress { get; }

    /// <summary>Statement or role.</summary>
    public GrantKind Kind => Request.Kind;

    /// <summary>Who alone may use it.</summary>
    public string User => Request.User;

    /// <summary>The project whose rules and owners decide about it.</summary>
    public string Project => Request.Project;

    /// <summary>The databases it is for, as <c>server/database</c>.</summary>
    public ImmutableArray<string> Databases => Request.Databases;

    /// <summary>The language of those databases.</summary>
    public SqlDialect Dialect => Request.Dialect;

    /// <summary>The schema in which its unqualified names are looked up.</summary>
    public string Schema => Request.Schema;

    /// <summary>The statement; null for a role grant.</summary>
    public string? Statement => Request.Statement;

    /// <summary>The database role; null for a statement grant.</summary>
    public string? Role => Request.Role;

    /// <summary>Why it was requested.</summary>
    public string Reason => Request.Reason;

    /// <summary>Whether masked columns come in clear.</summary>
    public bool Unmask => Progress.Unmask;

    /// <summary>Whether bulk extraction is allowed.</summary>
    public bool Export => Progress.Export;

    /// <summary>How long it holds from approval.</summary>
    public TimeSpan Duration => Progress.Duration;

    /// <summary>How often it may run; null for no limit.</summary>
    public int? ExecutionsMax => Progress.ExecutionsMax;

    /// <summary>How often it ran.</summary>
    public long Executions => Progress.Executions;

    /// <summary>When it was requested, UTC.</summary>
    public DateTimeOffset RequestedAt => Progress.RequestedAt;

    /// <summary>When the last step was signed, UTC.</summary>
    public DateTimeOffset? ApprovedAt => Progress.ApprovedAt;

    /// <summary>When it stops to hold, UTC; null before approval.</summary>
    public DateTimeOffset? ExpiresAt => Progress.ExpiresAt;

    /// <summary>The signatures that it needs, in order.</summary>
    public ImmutableArray<GrantStep> Steps => Progress.Steps;

    /// <summary>The step that waits for its signature; null if none does, or if the request has ended.</summary>
    public GrantStep? NextStep => Progress.State == GrantStatus.Pending ? Steps.FirstOrDefault(static s => !s.IsSigned) : null;

    /// <summary>True if it was used in an emergency without approval, and nobody has looked at that since.</summary>
    public bool NeedsReview => Request.BreakGlass && Progress.ReviewedBy is null;

    /// <summary>True if it has run as often as it may.</summary>
    public bool IsSpent => ExecutionsMax is { } max && Executions >= max;

    /// <summary>The statement as it goes upstream, UTF-8, in a new array; empty for a role grant.</summary>
    public byte[] EncodeStatement() => Encoding.UTF8.GetBytes(Statement ?? "");

    /// <summary>Its status at that time.</summary>
    public GrantStatus StatusAt(DateTimeOffset now) =>
        Progress.State == GrantStatus.Active && !(now < ExpiresAt) ? GrantStatus.Expired : Progress.State;

    /// <summary>Reads a grant back from where it was kept; false, with the reason, if no history of transitions leads to these data.</summary>
    public static bool TryRestore(
        long id,
        GrantRequest request,
        GrantProgress progress,
        [NotNullWhen(true)] out Grant? grant,
        [NotNullWhen(false)] out string? fault)
    {
        fault = GrantInvariants.FindFault(id, request, progress);
        grant = fault is null ? new Grant(id, request, progress) : null;
        return grant is not null;
    }

    internal Grant With(GrantProgress progress) => new(Id, Request, progress with { Revision = Progress.Revision + 1 });
}
