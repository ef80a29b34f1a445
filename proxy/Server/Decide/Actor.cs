namespace JitProxy.Server.Decide;

/// <summary>Who does something about users or grants.</summary>
/// <param name="Name">The person, or what the administrator is called in records.</param>
/// <param name="IsAdministrator">True for the local administrator acting as nobody else.</param>
/// <param name="IsThroughAdministrator">True if the local administrator acts as this person (<c>--as</c>).</param>
internal sealed record Actor(string Name, bool IsAdministrator = false, bool IsThroughAdministrator = false)
{
    /// <summary>Whoever may open the admin socket, acting as nobody else.</summary>
    public static Actor Administrator { get; } = new("administrator", IsAdministrator: true);

    /// <summary>The proxy itself, for what the clock brings about.</summary>
    public static Actor Proxy { get; } = new("jitproxy", IsAdministrator: true);

    /// <summary>The name as records have it: an act in somebody's name says so.</summary>
    public string RecordedName => IsThroughAdministrator ? $"{Name} (by the administrator)" : Name;
}
