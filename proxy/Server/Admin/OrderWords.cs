using System.Collections.Frozen;
using JitProxy.Policy.Grants;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Admin;

/// <summary>The words of queries for orders and states.</summary>
internal static class OrderWords
{
    /// <summary>Whether the newest come first.</summary>
    public static FrozenDictionary<string, bool> Newest { get; } =
        new Dictionary<string, bool> { ["newest"] = true, ["oldest"] = false }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Orders of grants, and whether they are from last to first.</summary>
    public static FrozenDictionary<string, (GrantOrder Order, bool IsDescending)> Grants { get; } = new Dictionary<string, (GrantOrder, bool)>
    {
        ["newest"] = (GrantOrder.Requested, true),
        ["oldest"] = (GrantOrder.Requested, false),
        ["approved"] = (GrantOrder.Approved, false),
        ["-approved"] = (GrantOrder.Approved, true),
        ["expires"] = (GrantOrder.Expires, false),
        ["-expires"] = (GrantOrder.Expires, true),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>States of grants.</summary>
    public static FrozenDictionary<string, GrantStatus> States { get; } =
        Enum.GetValues<GrantStatus>().ToFrozenDictionary(DeskWords.NameOf, StringComparer.Ordinal);

    /// <summary>Kinds of grants.</summary>
    public static FrozenDictionary<string, GrantKind> Kinds { get; } =
        new Dictionary<string, GrantKind> { ["statement"] = GrantKind.Statement, ["role"] = GrantKind.Role }.ToFrozenDictionary(StringComparer.Ordinal);
}
