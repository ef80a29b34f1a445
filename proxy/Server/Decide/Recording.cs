using JitProxy.Policy.Redaction;

namespace JitProxy.Server.Decide;

/// <summary>How a statement is to be recorded.</summary>
/// <param name="Redaction">What is kept of its values.</param>
/// <param name="HasKnownNames">True if every name in it is known to be one.</param>
/// <param name="Policy">What decided; after a newer one is in force, it is decided again.</param>
internal sealed record Recording(Redaction Redaction, bool HasKnownNames, RedactionPolicy Policy)
{
    /// <summary>Stands in a record for a text that may quote values.</summary>
    public const string LeftOut = "(left out: it may quote values)";

    /// <summary>What holds as long as nobody has decided.</summary>
    public static Recording Undecided { get; } = new(Redaction.Everything, HasKnownNames: false, RedactionPolicy.None);
}
