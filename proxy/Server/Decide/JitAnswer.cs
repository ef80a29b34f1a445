using System.Collections.Immutable;

namespace JitProxy.Server.Decide;

/// <summary>The answer to a command: rows of texts, or why not.</summary>
/// <param name="Rows">The rows, each with as many values as <see cref="ColumnsOf"/> says.</param>
/// <param name="Refusal">Why not; null if it was done.</param>
internal readonly record struct JitAnswer(ImmutableArray<ImmutableArray<string?>> Rows, Refusal? Refusal)
{
    /// <summary>The columns of a command's answer.</summary>
    public static ImmutableArray<string> ColumnsOf(JitVerb verb) =>
        verb == JitVerb.Status ? ["name", "value"] : ["grant", "status", "waits_for", "expires", "unmask", "export", "statement"];
}
