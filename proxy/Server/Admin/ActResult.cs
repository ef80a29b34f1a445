using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Admin;

/// <summary>What came of an act: the grant as it is now, or why nothing was done. Exactly one of the two is there.</summary>
/// <param name="Grant">The grant.</param>
/// <param name="Notes">What people should know about it.</param>
/// <param name="Problem">Why not.</param>
internal sealed record ActResult(Grant? Grant, ImmutableArray<string> Notes, Problem? Problem)
{
    /// <summary>Nothing was done.</summary>
    public static implicit operator ActResult(Problem problem) => new(null, [], problem);
}
