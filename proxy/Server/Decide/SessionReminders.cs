using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>Reminds one session, once at each time.</summary>
internal sealed class SessionReminders(Reminders reminders)
{
    private HashSet<(long Grant, TimeSpan Before)>? _told;

    /// <summary>What to tell with a statement that runs under this decision; null if nothing.</summary>
    public string? Find(Ruling ruling)
    {
        if (ruling.Permit?.Grant is not { Kind: GrantKind.Role } grant || reminders.FindDue(grant) is not { } before)
            return null;

        return (_told ??= []).Add((grant.Id, before)) ? Reminders.TextOf(grant) : null;
    }
}
