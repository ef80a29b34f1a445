using System.Collections.Immutable;

namespace JitProxy.Policy.Grants;

/// <summary>One signature that a grant waits for.</summary>
/// <param name="Role">The role that signs; if any of several may, all of them in words.</param>
/// <param name="By">Who signed; null while nobody has.</param>
/// <param name="At">When, UTC; null while nobody has.</param>
/// <param name="Comment">What the signer said, if anything.</param>
public sealed record GrantStep(string Role, string? By = null, DateTimeOffset? At = null, string? Comment = null)
{
    /// <summary>The roles of which the signer holds one; default means <see cref="Role"/> alone.</summary>
    public ImmutableArray<string> AnyOf { get; init; }

    /// <summary>Signatures of one group are given by different people; 0 belongs to none.</summary>
    public int Group { get; init; }

    /// <summary>True once somebody signed.</summary>
    public bool IsSigned => By is not null;

    /// <summary>Whether this person holds a role for it.</summary>
    public bool IsFor(Signer signer) => AnyOf.IsDefaultOrEmpty ? signer.Holds(Role) : AnyOf.Any(signer.Holds);
}
