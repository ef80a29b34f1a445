using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Policy.Grants;

/// <summary>The outcome of a transition: the changed grant, or why it does not change.</summary>
/// <remarks>The default refuses.</remarks>
public readonly struct Transition
{
    private readonly Grant? _grant;
    private readonly TransitionFault _fault;

    private Transition(Grant? grant, TransitionFault fault) => (_grant, _fault) = (grant, fault);

    /// <summary>The changed grant; or false and why not.</summary>
    public bool TryGetGrant([NotNullWhen(true)] out Grant? grant, out TransitionFault fault)
    {
        (grant, fault) = (_grant, _fault);
        return grant is not null;
    }

    internal static Transition To(Grant grant) => new(grant, default);

    internal static Transition Refuse(TransitionFault fault) => new(null, fault);
}
