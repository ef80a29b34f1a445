namespace JitProxy.Policy.Grants;

/// <summary>One signature that a request needs. Steps are signed in order.</summary>
/// <param name="Role">The role whose holder signs.</param>
/// <param name="By">Who signed; null while nobody has.</param>
/// <param name="At">When, UTC; null while nobody has.</param>
/// <param name="Comment">What the signer said, if anything.</param>
public sealed record GrantStep(string Role, string? By = null, DateTimeOffset? At = null, string? Comment = null)
{
    /// <summary>True once somebody signed.</summary>
    public bool IsSigned => By is not null;
}
