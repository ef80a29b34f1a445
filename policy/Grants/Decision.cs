using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Policy.Grants;

/// <summary>What the <see cref="Judge"/> says about one statement.</summary>
/// <remarks><c>default(Decision)</c> refuses, so an unassigned field or a missed branch fails closed.</remarks>
public readonly struct Decision
{
    private readonly Permit? _permit;
    private readonly Objection? _objection;

    private Decision(Permit? permit, Objection? objection) => (_permit, _objection) = (permit, objection);

    /// <summary>Why it is refused, with what may help; looked for when it is first asked. Null if it is allowed.</summary>
    public Objection? Objection => _permit is null ? _objection ?? Objection.Undecided : null;

    /// <summary>The permit. Cheap in both cases.</summary>
    public bool TryGetPermit([NotNullWhen(true)] out Permit? permit)
    {
        permit = _permit;
        return permit is not null;
    }

    /// <summary>The permit; or false and the reason.</summary>
    public bool TryGetPermit([NotNullWhen(true)] out Permit? permit, out DenyReason reason)
    {
        permit = _permit;
        reason = Objection?.Reason ?? default;
        return permit is not null;
    }

    internal static Decision Allow(Permit permit) => new(permit, null);

    internal static Decision Refuse(Objection objection) => new(null, objection);
}
