namespace JitProxy.Server.Decide;

/// <summary>Holds the policy in force.</summary>
internal sealed class PolicySnapshots(PolicySnapshot first)
{
    private volatile PolicySnapshot _current = first;

    /// <summary>The policy in force; setting it takes effect with the next statement.</summary>
    public PolicySnapshot Current
    {
        get => _current;
        set => _current = value;
    }
}
