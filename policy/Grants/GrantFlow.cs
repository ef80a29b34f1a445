using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Policy.Grants;

/// <summary>The state machine of grants: every way from one state to the next, and no other.</summary>
/// <remarks>
/// One signature is one act: who holds the roles of several steps signs each of them, one after the other. Only where one step asks for
/// several signatures, each is another person's.
/// </remarks>
public static class GrantFlow
{
    /// <summary>A new request that waits for these steps to be signed, in order. Without steps it is active at once.</summary>
    public static Transition Request(long id, GrantRequest request, ImmutableArray<ApprovalStep> steps, DateTimeOffset now)
    {
        if (GrantInvariants.FindFault(id, request) is not null || steps.IsDefault || (request.BreakGlass && steps.Length > 0)
            || !steps.All(static s => s.IsSound))
            return Transition.Refuse(TransitionFault.Malformed);

        var progress = new GrantProgress
        {
            RequestedAt = now,
            Unmask = request.Unmask,
            Export = request.Export,
            Duration = request.Duration,
            ExecutionsMax = request.ExecutionsMax,
            Steps = [.. steps.SelectMany(static (step, at) => step.ToSignatures(at + 1))],
        };
        return Transition.To(new Grant(id, request, steps.IsEmpty ? Activate(progress, now) : progress));
    }

    /// <summary>Signs the next step. The last signature makes the grant active and starts its clock.</summary>
    public static Transition Approve(Grant grant, Signer signer, ApprovalTerms terms, DateTimeOffset now)
    {
        if (FindObjection(grant, signer, out var step) is { } fault)
            return Transition.Refuse(fault);
        if (!TryNarrow(grant.Progress, terms, out var progress))
            return Transition.Refuse(TransitionFault.WiderThanAsked);

        var signed = step with { By = signer.Name, At = now, Comment = terms.Comment };
        progress = progress with { Steps = progress.Steps.Replace(step, signed, ReferenceEqualityComparer.Instance) };
        return Transition.To(grant.With(progress.Steps.All(static s => s.IsSigned) ? Activate(progress, now) : progress));
    }

    /// <summary>Turns the request down. Who could sign the next step can reject it.</summary>
    public static Transition Reject(Grant grant, Signer signer, string? comment, DateTimeOffset now)
    {
        if (FindObjection(grant, signer, out _) is { } fault)
            return Transition.Refuse(fault);
        if (string.IsNullOrWhiteSpace(comment))
            return Transition.Refuse(TransitionFault.CommentMissing);

        return End(grant, GrantStatus.Rejected, signer.Name, comment, now);
    }

    /// <summary>Withdraws the request; its requester can, and the administrator.</summary>
    public static Transition Cancel(Grant grant, Signer signer, DateTimeOffset now)
    {
        if (grant.Progress.State != GrantStatus.Pending)
            return Transition.Refuse(TransitionFault.NotPending);
        if (!signer.IsAdministrator && !string.Equals(signer.Name, grant.User, StringComparison.Ordinal))
            return Transition.Refuse(TransitionFault.NotRequester);

        return End(grant, GrantStatus.Canceled, signer.Name, null, now);
    }

    /// <summary>Takes an active grant back: whoever signed it, could have signed it, owns its project, or is the administrator.</summary>
    public static Transition Revoke(Grant grant, Signer signer, string? comment, DateTimeOffset now)
    {
        if (grant.StatusAt(now) != GrantStatus.Active)
            return Transition.Refuse(TransitionFault.NotActive);

        var mayRevoke = signer.IsAdministrator
            || signer.Holds(Signer.ProjectOwner)
            || grant.Steps.Any(s => s.IsFor(signer) || string.Equals(s.By, signer.Name, StringComparison.Ordinal));
        return mayRevoke ? End(grant, GrantStatus.Revoked, signer.Name, comment, now) : Transition.Refuse(TransitionFault.NotApprover);
    }

    /// <summary>Notes that an owner of the project looked at what was done in an emergency; never the one who did it.</summary>
    public static Transition Review(Grant grant, Signer signer, string? comment, DateTimeOffset now)
    {
        if (!grant.NeedsReview)
            return Transition.Refuse(TransitionFault.NotReviewable);
        if (string.Equals(signer.Name, grant.User, StringComparison.Ordinal))
            return Transition.Refuse(TransitionFault.OwnRequest);
        if (!signer.Holds(Signer.ProjectOwner))
            return Transition.Refuse(TransitionFault.NotOwner);

        return string.IsNullOrWhiteSpace(comment)
            ? Transition.Refuse(TransitionFault.CommentMissing)
            : Transition.To(grant.With(grant.Progress with { ReviewedBy = signer.Name, ReviewedAt = now, ReviewComment = comment }));
    }

    /// <summary>The request for a successor of this grant: the same again, for a new time, to be approved anew.</summary>
    /// <remarks>The grant itself keeps its own end, so that an extension never works before its approvers have signed.</remarks>
    public static bool TryExtend(
        Grant grant,
        string by,
        TimeSpan duration,
        DateTimeOffset now,
        [NotNullWhen(true)] out GrantRequest? successor,
        out TransitionFault fault)
    {
        successor = null;
        fault = grant.StatusAt(now) is not (GrantStatus.Active or GrantStatus.Expired) ? TransitionFault.NotExtendable
            : !string.Equals(by, grant.User, StringComparison.Ordinal) ? TransitionFault.NotRequester
            : duration <= TimeSpan.Zero ? TransitionFault.Malformed
            : default;
        if (fault != default)
            return false;

        // What an approver took away stays away: an extension prolongs the grant, not the wish.
        successor = grant.Request with
        {
            Unmask = grant.Unmask,
            Export = grant.Export,
            ExecutionsMax = grant.ExecutionsMax,
            Duration = duration,
            Extends = grant.Id,
            BreakGlass = false,
        };
        return true;
    }

    /// <summary>The same request again after it was rejected, with another reason: approved anew, from the first step on.</summary>
    public static bool TryAskAgain(
        Grant grant, string by, string reason, [NotNullWhen(true)] out GrantRequest? successor, out TransitionFault fault)
    {
        fault = grant.Progress.State != GrantStatus.Rejected ? TransitionFault.NotRejected
            : !string.Equals(by, grant.User, StringComparison.Ordinal) ? TransitionFault.NotRequester
            : default;
        successor = fault == default ? grant.Request with { Again = grant.Id, Extends = null, Reason = reason } : null;
        return successor is not null;
    }

    /// <summary>Closes a request that nobody has acted on for this long: since it was asked for, or since the last signature.</summary>
    public static Transition CloseStale(Grant grant, string by, TimeSpan patience, DateTimeOffset now)
    {
        if (grant.Progress.State != GrantStatus.Pending)
            return Transition.Refuse(TransitionFault.NotPending);

        var last = grant.Steps.Max(static s => s.At) is { } signed && signed > grant.RequestedAt ? signed : grant.RequestedAt;
        return now - last < patience
            ? Transition.Refuse(TransitionFault.NotStale)
            : End(grant, GrantStatus.Canceled, by, "nobody decided in time", now);
    }

    /// <summary>Counts one execution. The store's own count decides; this one keeps the book in step.</summary>
    public static Transition Spend(Grant grant, DateTimeOffset now)
    {
        if (grant.StatusAt(now) != GrantStatus.Active)
            return Transition.Refuse(TransitionFault.NotActive);

        // The revision stays: an execution is not a decision of anybody.
        return grant.IsSpent
            ? Transition.Refuse(TransitionFault.Spent)
            : Transition.To(new Grant(grant.Id, grant.Request, grant.Progress with { Executions = grant.Executions + 1 }));
    }

    private static TransitionFault? FindObjection(Grant grant, Signer signer, out GrantStep step)
    {
        step = grant.NextStep!;
        if (step is null)
            return TransitionFault.NotPending;
        if (!signer.MaySignOwn && string.Equals(signer.Name, grant.User, StringComparison.Ordinal))
            return TransitionFault.OwnRequest;

        if (!step.IsFor(signer))
            return TransitionFault.NotYourStep;

        var group = step.Group;
        return group != 0 && grant.Steps.Any(s => s.Group == group && string.Equals(s.By, signer.Name, StringComparison.Ordinal))
            ? TransitionFault.AlreadySigned
            : null;
    }

    private static bool TryNarrow(GrantProgress progress, ApprovalTerms terms, out GrantProgress narrowed)
    {
        narrowed = progress with
        {
            Duration = terms.Duration ?? progress.Duration,
            Unmask = progress.Unmask && !terms.DropUnmask,
            Export = progress.Export && !terms.DropExport,
            ExecutionsMax = terms.ExecutionsMax ?? progress.ExecutionsMax,
        };
        return narrowed.Duration > TimeSpan.Zero
            && narrowed.Duration <= progress.Duration
            && !(narrowed.ExecutionsMax <= 0)
            && !(narrowed.ExecutionsMax > progress.ExecutionsMax);
    }

    private static GrantProgress Activate(GrantProgress progress, DateTimeOffset now) =>
        progress with { State = GrantStatus.Active, ApprovedAt = now, ExpiresAt = now + progress.Duration };

    private static Transition End(Grant grant, GrantStatus state, string by, string? comment, DateTimeOffset now) =>
        Transition.To(grant.With(grant.Progress with { State = state, EndedBy = by, EndedAt = now, EndComment = comment }));
}
