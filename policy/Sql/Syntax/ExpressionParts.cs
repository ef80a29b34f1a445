namespace JitProxy.Policy.Sql.Syntax;

/// <summary>Takes expressions apart, whichever they are.</summary>
internal static class ExpressionParts
{
    /// <summary>The expressions directly inside one. What a subquery consists of is its query's business, not part of this.</summary>
    public static IEnumerable<Expression> Of(Expression expression) => expression switch
    {
        Selection selection => selection.Subscripts.Prepend(selection.Operand),
        Call call => Of(call),
        Cast cast => [cast.Operand],
        Collation collation => [collation.Operand],
        Operation operation => operation.Operands,
        Form form => form.Operands,
        Subquery { Left: { } left } => [left],
        _ => [],
    };

    private static IEnumerable<Expression> Of(Call call)
    {
        var parts = call.Arguments.Concat(call.Order.Select(static key => key.Key));
        if (call.Filter is { } filter)
            parts = parts.Append(filter);
        return call.Over is { } window ? parts.Concat(Of(window)) : parts;
    }

    /// <summary>The expressions of a window.</summary>
    public static IEnumerable<Expression> Of(Window window) => [.. window.Partition, .. window.Order.Select(static key => key.Key), .. window.Frame];
}
