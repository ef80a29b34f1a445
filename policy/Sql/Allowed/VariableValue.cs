using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Allowed;

/// <summary>What a SET gives a variable of MySQL or MariaDB.</summary>
internal static class VariableValue
{
    private const int DepthMax = 8;

    /// <summary>True for constants, variables of the server that may be shown, and texts joined of these: nothing is read and nothing runs.</summary>
    public static bool IsPlain(Expression value) => IsPlain(value, DepthMax);

    /// <summary>The text of a constant in lower case; null for anything else.</summary>
    public static string? Constant(Expression value) =>
        value is Literal { Kind: LiteralKind.Boolean or LiteralKind.Number or LiteralKind.String } literal ? literal.Text.ToLowerInvariant() : null;

    /// <summary>The arguments of CONCAT, the server's own; null if it is another expression.</summary>
    public static IReadOnlyList<Expression>? Joined(Expression value) =>
        value is Call { IsStored: false, Name: { Schema: null, Name: var name } } call && name.Equals("concat", StringComparison.OrdinalIgnoreCase)
            ? call.Arguments
            : null;

    private static bool IsPlain(Expression value, int depth) => value switch
    {
        _ when depth == 0 => false,
        Literal => true,
        VariableReference variable => variable.Scope != VariableScope.User && AllowedVariables.MayShow(variable.Name),
        Operation { Operands: [var operand] } => operand is Literal,
        _ => Joined(value) is { } parts && parts.All(part => IsPlain(part, depth - 1)),
    };
}
