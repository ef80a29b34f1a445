using System.Collections.Immutable;

namespace JitProxy.Policy.Grants;

/// <summary>One step of a flow: signatures by holders of any of these roles. Several are given by as many different people.</summary>
/// <param name="AnyOf">The roles; the signer of each signature holds one of them.</param>
/// <param name="Approvals">How many signatures, from 1.</param>
public sealed record ApprovalStep(ImmutableArray<string> AnyOf, int Approvals = 1)
{
    /// <summary>The most signatures of one step.</summary>
    public const int ApprovalsMax = 16;

    /// <summary>The step of one role and one signature.</summary>
    public static implicit operator ApprovalStep(string role) => OfRole(role);

    /// <summary>The step of one role and one signature.</summary>
    public static ApprovalStep OfRole(string role) => new([role]);

    /// <summary>Whether somebody could sign it.</summary>
    internal bool IsSound => Approvals is > 0 and <= ApprovalsMax && !AnyOf.IsDefaultOrEmpty && !AnyOf.Any(string.IsNullOrEmpty);

    /// <inheritdoc/>
    public override string ToString()
    {
        var roles = string.Join(" or ", AnyOf);
        return Approvals == 1 ? roles : $"{Approvals} of {roles}";
    }

    /// <inheritdoc/>
    public bool Equals(ApprovalStep? other) => other is not null && Approvals == other.Approvals && AnyOf.SequenceEqual(other.AnyOf, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Approvals, AnyOf.Length, AnyOf.FirstOrDefault());

    /// <summary>The signatures that it stands for, unsigned.</summary>
    /// <param name="group">Marks those that different people have to give; used if there are several.</param>
    internal IEnumerable<GrantStep> ToSignatures(int group)
    {
        var role = string.Join(" or ", AnyOf);
        var anyOf = AnyOf.Length == 1 ? default : AnyOf;
        return Enumerable.Range(0, Approvals).Select(_ => new GrantStep(role) { AnyOf = anyOf, Group = Approvals == 1 ? 0 : group });
    }
}
