using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>What the value of an expression comes from: everything inside it that can change it.</summary>
internal sealed class ExpressionResolver(Resolver resolver)
{
    /// <summary>Resolves an expression.</summary>
    public Lineage Resolve(Expression expression, Scope scope)
    {
        resolver.Findings.Spend(1);
        if (resolver.Findings.IsExhausted || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return Lineage.Unknown;

        switch (expression)
        {
            case Literal literal:
                return Lineage.OfConstant(literal.Text.Length);
            case ParameterReference parameter:
                resolver.Findings.AddParameter(parameter.Number);
                return Lineage.Parameter;
            case ColumnReference column:
                return resolver.Columns.Resolve(column, scope);
            case Selection selection:
                return Selection(selection, scope);
            case Call call:
                return resolver.Calls.Resolve(call, scope);
            case Cast cast:
                return Resolve(cast.Operand, scope).Derived;
            case Collation collation:
                return Resolve(collation.Operand, scope).Derived;
            case Operation operation:
                foreach (var name in operation.Operators)
                    resolver.Findings.AddOperator(name);
                return All(operation.Operands, scope);
            case Form form:
                if (form.Implied is not null)
                    resolver.Findings.Operators.Add(form.Implied);
                return All(form.Operands, scope);
            case Subquery subquery:
                return Subquery(subquery, scope);
            case VariableReference variable:
                return Variable(variable);
            case VariableAssignment assignment:
                resolver.Findings.Object($"it sets the variable @{assignment.Name}");
                return Resolve(assignment.Value, scope).Derived;
            case SequenceUse sequence:
                return Sequence(sequence);
            default:
                return Lineage.Unknown;
        }
    }

    /// <summary>A value computed from all of these.</summary>
    public Lineage All(ImmutableArray<Expression> expressions, Scope scope)
    {
        var all = Lineage.None;
        foreach (var expression in expressions)
            all = Join(all, Resolve(expression, scope));
        return all;
    }

    /// <summary>A value computed from all of these.</summary>
    public Lineage All(ImmutableArray<SortKey> keys, Scope scope)
    {
        var all = Lineage.None;
        foreach (var key in keys)
        {
            resolver.Findings.AddOperator(key.Operator);
            all = Join(all, Resolve(key.Key, scope));
        }

        return all;
    }

    private Lineage Join(Lineage left, Lineage right)
    {
        resolver.Findings.Spend(right.Sources.Count);
        return resolver.Findings.IsExhausted ? Lineage.Unknown : left.With(right);
    }

    private Lineage Selection(Selection selection, Scope scope)
    {
        if (selection.Field is { } field)
            return resolver.Columns.Field(selection.Operand, field, scope);
        return Join(Resolve(selection.Operand, scope).Derived, All(selection.Subscripts, scope));
    }

    // A setting of the server is no value of a table; what a session has put into a variable of its own may be anything.
    private Lineage Variable(VariableReference variable)
    {
        if (variable.Scope != VariableScope.User)
        {
            resolver.Findings.Variables.Add(variable.Name);
            return Lineage.None;
        }

        resolver.Findings.Object($"it reads the variable @{variable.Name}, which may hold anything");
        return Lineage.Unknown;
    }

    private Lineage Sequence(SequenceUse sequence)
    {
        resolver.Relations.Resolve(sequence.Sequence, out _);
        if (sequence.Verb != "PREVIOUS")
            resolver.Findings.Object($"it changes the sequence {sequence.Sequence}");
        return Lineage.None;
    }

    // What chooses a subquery's rows chooses its value.
    private Lineage Subquery(Subquery subquery, Scope scope)
    {
        resolver.Findings.AddOperator(subquery.Operator ?? (subquery.Left is null ? null : new(["="])));
        var left = subquery.Left is null ? Lineage.None : Resolve(subquery.Left, scope).Derived;
        var shape = resolver.Queries.Resolve(subquery.Query, scope, scope.Tables);
        var value = Join(left, shape.Influence.Choosing);
        return subquery.Use == SubqueryUse.Exists ? value : Join(value, shape.Whole);
    }
}
