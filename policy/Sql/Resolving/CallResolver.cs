using System.Runtime.CompilerServices;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Calls: arguments, ordering, filters and windows all decide the value.</summary>
internal sealed class CallResolver(Resolver resolver)
{
    // What an aggregate that keeps all values of a group is taken to keep.
    private const double RowsOfGroup = 1000;

    /// <summary>Resolves a call.</summary>
    public Lineage Resolve(Call call, Scope scope)
    {
        // f(t) with a column f of t is t.f in another spelling.
        if (call is { Arguments: [ColumnReference row], Name.Parts: [var name], IsSyntax: false } && resolver.Columns.AsField(row, name, scope) is { } field)
            return field;

        var function = CalledFunction.Of(call);
        resolver.Findings.AddFunction(function);
        if (call.Name.Name is "set_config" or "current_setting")
            resolver.Findings.SettingCalls.Add(call);
        if (resolver.Names.Objection(call) is { } objection)
            resolver.Findings.Object(objection);
        var value = Lineage.Result.With(resolver.Expressions.All(call.Arguments, scope)).With(resolver.Expressions.All(call.Order, scope));
        if (call.Filter is not null)
            value = value.With(resolver.Expressions.Resolve(call.Filter, scope));
        if (call.Over is not null)
            value = value.With(Window(call.Over, scope));

        var traits = FunctionTraits.Of(resolver.Catalogue, function);
        if (traits.ReturnsSet)
            resolver.Influence(scope, value);
        if (SetSize.Concerns(call, resolver.Catalogue) && call.Arguments.Any(argument => IsVague(argument, scope)))
            resolver.Findings.VagueSets.Add(call);

        if (IsCollecting(call.Name.Name))
            value = value.Times(RowsOfGroup);
        return traits.MayReadAnything ? value.With(Lineage.Unknown) : value;
    }

    /// <summary>Resolves a window; a named one adds what its definition has.</summary>
    public Lineage Window(Window window, Scope scope)
    {
        var seesTargets = scope.SeesTargets;
        scope.SeesTargets = true;
        var value = resolver.Expressions.All(window.Partition, scope)
            .With(resolver.Expressions.All(window.Order, scope))
            .With(resolver.Expressions.All(window.Frame, scope));
        scope.SeesTargets = seesTargets;
        return window.Name is { } name ? value.With(Named(name, scope)) : value;
    }

    private static bool IsCollecting(string name) =>
        name is "string_agg" or "array_agg" or "json_agg" or "jsonb_agg" or "json_object_agg" or "jsonb_object_agg" or "xmlagg";

    // True if a column in it is anything but a relation's own.
    private bool IsVague(Expression value, Scope scope) => value is ColumnReference column
        ? !resolver.Columns.Resolve(column, scope).IsDirect
        : !RuntimeHelpers.TryEnsureSufficientExecutionStack() || ExpressionParts.Of(value).Any(part => IsVague(part, scope));

    private Lineage Named(string name, Scope scope)
    {
        if (scope.FindWindow(name) is { } found)
            return found;
        resolver.Findings.Unresolve($"window \"{name}\" is not defined");
        return Lineage.Unknown;
    }
}
