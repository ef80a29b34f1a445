using System.Collections.Frozen;
using System.Text;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>
/// The modes (<c>sql_mode</c>) that a session may set: none that changes how texts are cut or what operators mean, because grants are looked up by that.
/// </summary>
internal static class SqlModes
{
    private const int DepthMax = 8;

    // Stands for the modes that the session has, which are harmless already.
    private const char Current = '*';

    private static readonly FrozenSet<string> Harmless = (
        "ONLY_FULL_GROUP_BY STRICT_TRANS_TABLES STRICT_ALL_TABLES NO_ZERO_IN_DATE NO_ZERO_DATE ERROR_FOR_DIVISION_BY_ZERO NO_ENGINE_SUBSTITUTION " +
        "NO_AUTO_VALUE_ON_ZERO NO_AUTO_CREATE_USER TRADITIONAL NO_DIR_IN_CREATE").Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why the modes may not be set to this, as a sentence without its end; null if they may.</summary>
    public static string? Objection(Expression value)
    {
        var text = new StringBuilder();
        if (!TryWrite(value, text, DepthMax))
            return "sql_mode is set to names of modes in quotes, or to those joined with what @@sql_mode is";

        // Whole names only: what is joined to the end or the beginning of @@sql_mode could become another mode.
        foreach (var mode in text.ToString().Split(','))
        {
            if (mode.Length > 0 && mode is not [Current] && !Harmless.Contains(mode))
                return $"{mode.Replace($"{Current}", "", StringComparison.Ordinal)} is not among the modes that a session may set";
        }

        return null;
    }

    private static bool TryWrite(Expression value, StringBuilder text, int depth)
    {
        switch (value)
        {
            case Literal { Kind: LiteralKind.String } literal when !literal.Text.Contains(Current, StringComparison.Ordinal):
                text.Append(literal.Text);
                return true;
            case VariableReference { Name: "sql_mode", Scope: VariableScope.Any or VariableScope.Session or VariableScope.Local }:
                text.Append(Current);
                return true;
            default:
                return depth > 0 && VariableValue.Joined(value) is { } parts && parts.All(part => TryWrite(part, text, depth - 1));
        }
    }
}
