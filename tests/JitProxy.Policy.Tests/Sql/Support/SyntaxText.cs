using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>Syntax as a short text in prefix notation, so that tests can say what they expect.</summary>
internal static class SyntaxText
{
    /// <summary>An expression.</summary>
    public static string Of(Expression? expression) => expression switch
    {
        null => "-",
        Literal { Kind: LiteralKind.String } literal => $"'{literal.Text}'",
        Literal literal => literal.Text,
        ParameterReference parameter => $"?{parameter.Number}",
        ColumnReference column => string.Join('.', column.Parts) + (column.IsStar ? column.Parts.IsEmpty ? "*" : ".*" : ""),
        Call call => $"{(call.IsStored ? "stored " : "")}{call.Name}({(call.IsStar ? "*" : List(call.Arguments))})",
        Cast cast => $"cast({Of(cast.Operand)} {cast.Type.Name})",
        Collation collation => $"collate({Of(collation.Operand)} {collation.Name})",
        Operation { Operators: [] } logic => $"logic({List(logic.Operands)})",
        Operation operation => $"{string.Join(' ', operation.Operators)}({List(operation.Operands)})",
        Form form => $"{form.Label}({List(form.Operands)})",
        Subquery subquery => $"{subquery.Use.ToString().ToLowerInvariant()}({(subquery.Left is null ? "" : Of(subquery.Left) + ", ")}{Of(subquery.Query)})",
        VariableReference variable => $"{(variable.Scope == VariableScope.User ? "@" : $"@@{variable.Scope.ToString().ToLowerInvariant()}.")}{variable.Name}",
        VariableAssignment assignment => $":=({assignment.Name}, {Of(assignment.Value)})",
        SequenceUse sequence => $"{sequence.Verb} {sequence.Sequence}",
        _ => expression.GetType().Name,
    };

    /// <summary>A query, as far as its parts are.</summary>
    public static string Of(Query query)
    {
        var text = query.Body switch
        {
            SelectBody select => $"select {string.Join(", ", select.Targets.Select(static target => Of(target.Value)))}{From(select)}",
            ValuesBody values => $"values {string.Join(' ', values.Rows.Select(static row => $"({List(row)})"))}",
            SetBody set => set.Others.Aggregate(Of(set.First), static (left, other) => $"{left} {other.Operator.ToString().ToLowerInvariant()} {Of(other.Query)}"),
            NestedBody nested => $"[{Of(nested.Inner)}]",
            _ => "?",
        };
        return $"{text}{(query.Order.IsEmpty ? "" : " order")}{(query.Limits.IsEmpty ? "" : $" limit {List(query.Limits)}")}";
    }

    /// <summary>An item of FROM.</summary>
    public static string Of(FromItem item) => item switch
    {
        RelationItem relation => $"{relation.Name}{Alias(relation.Alias)}",
        SubqueryItem subquery => $"{(subquery.IsLateral ? "lateral " : "")}({Of(subquery.Query)}){Alias(subquery.Alias)}",
        DocumentTableItem document => $"document({List(document.Inputs)}: {string.Join(' ', document.Columns)}){Alias(document.Alias)}",
        JoinItem join => $"{(join.IsNatural ? "natural " : "")}{join.Kind.ToString().ToLowerInvariant()}({Of(join.Left)}, {Of(join.Right)}{Condition(join)})",
        _ => item.GetType().Name,
    };

    private static string From(SelectBody select) => select.From.IsEmpty ? "" : $" from {string.Join(", ", select.From.Select(Of))}";

    private static string Alias(Alias? alias) => alias is null ? "" : $" {alias.Name}{(alias.Columns.IsEmpty ? "" : $"({string.Join(' ', alias.Columns)})")}";

    private static string Condition(JoinItem join) =>
        join.On is not null ? $" on {Of(join.On)}" : join.Using.IsDefaultOrEmpty ? "" : $" using {string.Join(' ', join.Using)}";

    private static string List(IEnumerable<Expression> expressions) => string.Join(", ", expressions.Select(Of));
}
