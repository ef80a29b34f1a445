namespace JitProxy.Conformance.Tests.Support;

/// <summary>What a grant is asked for with, beside its statement.</summary>
internal sealed record GrantTerms(bool Unmask = false, bool Export = false, long? Executions = null, string Expires = "1h");
