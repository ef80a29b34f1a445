using System.Collections.Immutable;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>A wish that passed every check, or why it did not.</summary>
/// <param name="Request">The request; null if it is refused.</param>
/// <param name="Steps">Who has to sign.</param>
/// <param name="Notes">What people should know about it.</param>
/// <param name="Refusal">Why not; null if it passed.</param>
internal sealed record CheckedRequest(GrantRequest? Request, ImmutableArray<ApprovalStep> Steps, ImmutableArray<string> Notes, string? Refusal)
{
    /// <summary>It did not pass.</summary>
    public static CheckedRequest Refuse(string refusal) => new(null, [], [], refusal);
}
