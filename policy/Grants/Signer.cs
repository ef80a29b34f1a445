using System.Collections.Immutable;

namespace JitProxy.Policy.Grants;

/// <summary>Somebody who decides about a request, with what they are entitled to in its project.</summary>
/// <param name="Name">Who; recorded with the signature.</param>
/// <param name="Roles">The roles held, those of the grant's project included.</param>
/// <param name="MaySignOwn">True if the project lets people sign their own requests.</param>
/// <param name="IsAdministrator">True for the local administrator, who may revoke anything but holds no role.</param>
public sealed record Signer(string Name, ImmutableArray<string> Roles, bool MaySignOwn = false, bool IsAdministrator = false)
{
    /// <summary>The role that a project's owners hold in it.</summary>
    public const string ProjectOwner = "project-owner";

    /// <summary>Whether the role is held.</summary>
    public bool Holds(string role) => Roles.Contains(role, StringComparer.Ordinal);
}
