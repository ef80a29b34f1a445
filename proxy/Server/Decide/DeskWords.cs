using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Why the desk does not do something, for people: what is wrong, and what to do next.</summary>
internal static class DeskWords
{
    /// <summary>The administrator wants to sign as nobody.</summary>
    public const string NoRole = "The administrator holds no role. Act as somebody who holds the role of the next step: --as NAME.";

    /// <summary>A transition that the state machine refuses.</summary>
    public static string Refuse(TransitionFault fault, Grant grant, string verb, DateTimeOffset now)
    {
        var status = NameOf(grant.StatusAt(now));
        return fault switch
        {
            TransitionFault.NotPending => Text($"Grant {grant.Id} is {status}; only a pending request can be {verb}. {Next(grant, now)}"),
            TransitionFault.NotActive => Text($"Grant {grant.Id} is {status}; only an active grant can be {verb}. {Next(grant, now)}"),
            TransitionFault.NotExtendable => Text($"Grant {grant.Id} is {status}; only an active or expired grant can be extended. {Next(grant, now)}"),
            TransitionFault.NotReviewable =>
                Text($"Grant {grant.Id} needs no review: it is no break-glass grant, or somebody has reviewed it. See: jitproxy grant {grant.Id}."),
            TransitionFault.NotOwner => Text($"Grant {grant.Id} is reviewed by an owner of project {grant.Project}. Ask one of them."),
            TransitionFault.OwnRequest when grant.Request.BreakGlass =>
                Text($"Grant {grant.Id} is your own; another owner has to review it. Ask one of project {grant.Project}."),
            TransitionFault.NotRejected => Text($"Grant {grant.Id} is {status}; only a rejected request can be {verb}. {Next(grant, now)}"),
            TransitionFault.NotStale => Text($"Grant {grant.Id} waits for its approvers. {Next(grant, now)}"),
            TransitionFault.NotYourStep => Text($"Grant {grant.Id} waits for the role {grant.NextStep?.Role}, which you do not hold. Ask somebody who does."),
            TransitionFault.AlreadySigned =>
                Text($"You have signed this step of grant {grant.Id}; it needs different people. Ask another holder of the role {grant.NextStep?.Role}."),
            TransitionFault.OwnRequest => Text($"Grant {grant.Id} is your own request, ")
                + Text($"and self_approval is off in project {grant.Project}. Ask another holder of the role {grant.NextStep?.Role}."),
            TransitionFault.NotRequester => Text($"Grant {grant.Id} was requested by {grant.User}, who alone can have it {verb}. Ask them."),
            TransitionFault.NotApprover =>
                Text($"Grant {grant.Id} can be revoked by its approvers and the owners of project {grant.Project}. Ask one of them."),
            TransitionFault.CommentMissing => verb == "reviewed"
                ? Text($"A review of grant {grant.Id} needs a comment that says what was found: --comment \"...\".")
                : Text($"A rejection of grant {grant.Id} needs a comment that tells {grant.User} why: --comment \"...\"."),
            TransitionFault.WiderThanAsked => Text(
                $"An approver can shorten and narrow a request, not extend it. ")
                + Text($"Sign grant {grant.Id} for at most {Units.Format(grant.Duration)}{Times(grant)}."),
            TransitionFault.Spent => Text($"Grant {grant.Id} has run as often as it may. Ask for it again: jitproxy request."),
            TransitionFault.Malformed => Text($"Grant {grant.Id} cannot be {verb} like this: the duration and the number of executions must be positive. ")
                + "Give others: --expires 4h.",
            TransitionFault.Unspecified =>
                Text($"Nothing was decided about grant {grant.Id}. Look at it and try again: jitproxy grant {grant.Id}."),
        };
    }

    /// <summary>There is no such grant.</summary>
    public static string Unknown(long id) => Text($"There is no grant {id}. See: jitproxy grants.");

    /// <summary>The same was asked for before.</summary>
    public static string Duplicate(Grant grant, DateTimeOffset now) => grant.StatusAt(now) == GrantStatus.Pending
        ? Text($"The same request is already waiting for its approval: grant {grant.Id} needs the role {grant.NextStep?.Role}. See: jitproxy grant {grant.Id}.")
        : Text($"You have grant {grant.Id} for this until {grant.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}. To prolong it: jitproxy extend {grant.Id} --expires 4h.");

    /// <summary>A status in lower case.</summary>
    public static string NameOf(GrantStatus status) => status switch
    {
        GrantStatus.Pending => "pending",
        GrantStatus.Active => "active",
        GrantStatus.Expired => "expired",
        GrantStatus.Revoked => "revoked",
        GrantStatus.Rejected => "rejected",
        GrantStatus.Canceled => "canceled",
    };

    private static string Next(Grant grant, DateTimeOffset now) => grant.StatusAt(now) switch
    {
        GrantStatus.Pending => Text($"To withdraw it: jitproxy cancel {grant.Id}."),
        GrantStatus.Active => Text($"To end it: jitproxy revoke {grant.Id}. To prolong it: jitproxy extend {grant.Id}."),
        GrantStatus.Expired => Text($"To have it again: jitproxy extend {grant.Id}."),
        GrantStatus.Rejected => Text($"To ask again: jitproxy request --again {grant.Id} --reason \"...\"."),
        GrantStatus.Revoked or GrantStatus.Canceled => "To ask again: jitproxy request.",
    };

    private static string Times(Grant grant) => grant.ExecutionsMax is { } max ? Text($" and {max} executions") : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
