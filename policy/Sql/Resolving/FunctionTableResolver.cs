using System.Collections.Immutable;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Functions in FROM. Every column comes from the arguments; how many there are depends on the function.</summary>
internal sealed class FunctionTableResolver(Resolver resolver)
{
    /// <summary>Resolves a function item.</summary>
    public RangeEntry Resolve(FunctionItem item, Scope lateral, Scope owner)
    {
        var columns = ImmutableArray.CreateBuilder<RangeColumn>();
        var inputs = Lineage.None;
        var isComplete = true;
        foreach (var source in item.Functions)
        {
            var value = resolver.Expressions.Resolve(source.Value, lateral).Derived;
            inputs = inputs.With(value);
            var names = source.Columns.IsDefault ? Names(source.Value, item) : source.Columns;
            isComplete &= !names.IsDefault;
            columns.AddRange((names.IsDefault ? [] : names).Select(name => new RangeColumn(name, value)));
        }

        // The rows that come out depend on what goes in.
        resolver.Influence(owner, inputs);
        if (item.HasOrdinality)
            columns.Add(new("ordinality", inputs));
        var list = item.Alias is null ? columns.ToImmutable() : Rename(item, columns, inputs, isComplete);
        return new(item.Alias?.Name ?? Name(item), null, list, isComplete ? Doubt(item, inputs) : inputs);
    }

    /// <summary>Resolves XMLTABLE or JSON_TABLE.</summary>
    public RangeEntry Resolve(DocumentTableItem item, Scope lateral, Scope owner)
    {
        var inputs = resolver.Expressions.All(item.Inputs, lateral);
        resolver.Influence(owner, inputs);
        var columns = item.Columns.IsEmpty
            ? ImmutableArray.Create(new RangeColumn("xmltable", inputs))
            : [.. item.Columns.Select(name => new RangeColumn(name, inputs))];
        var renamed = item.Alias is null ? columns : Shape.Rename(columns, null, item.Alias.Columns);
        return new(item.Alias?.Name ?? "xmltable", null, renamed, null);
    }

    // The columns of one function; default if only the server knows.
    private ImmutableArray<string> Names(Expression value, FunctionItem item)
    {
        if (item.Alias is { HasDefinitions: true })
            return item.Alias.Columns;
        if (value is not Call call)
            return [ColumnLabel.Of(value) ?? "?column?"];
        if (call.IsSyntax)
            return [Scalar(call, item)];
        if (call.Name is { Schema: null or "pg_catalog", Name: "unnest" } && call.Arguments.Length == 1)
            return [Scalar(call, item)];
        if (FunctionColumns.Find(call) is { IsDefault: false } known)
            return known;
        if (call.Name is { Schema: null or "pg_catalog", Name: var name } && name.Contains("_populate_record", StringComparison.Ordinal))
            return Fields(call.Arguments);
        return IsScalar(call) ? [Scalar(call, item)] : default;
    }

    // The row is of the type of the first argument, which is mostly NULL of a type by name.
    private ImmutableArray<string> Fields(ImmutableArray<Expression> arguments) =>
        arguments is [Cast { Type: { IsArray: false } type }, ..] && resolver.Relations.FindType(type.Name) is { } row
            ? [.. row.Columns.Select(static column => column.Name)]
            : default;

    // The column of a function that returns one value per row is called as the item is.
    private static string Scalar(Call call, FunctionItem item) => item is { Alias.Name: { } alias, Functions.Length: 1 } ? alias : call.Name.Name;

    private bool IsScalar(Call call)
    {
        const uint RecordOid = 2249;
        const uint AnyElementOid = 2283;
        const uint AnyCompatibleOid = 5077;
        var isKnown = false;
        foreach (var function in FunctionTraits.Candidates(resolver.Catalogue, new(call.Name.Schema, call.Name.Name, false)))
        {
            if (!function.IsBuiltIn || function.ReturnTypeOid is RecordOid or AnyElementOid or AnyCompatibleOid or 0)
                return false;
            isKnown = true;
        }

        return isKnown;
    }

    private static ImmutableArray<RangeColumn> Rename(FunctionItem item, ImmutableArray<RangeColumn>.Builder columns, Lineage inputs, bool isComplete) =>
        Shape.Rename(columns.ToImmutable(), isComplete ? null : inputs, item.Alias!.Columns);

    // unnest() of an array of rows has the columns of the row: the names cannot be known here, what they come from can.
    private static Lineage? Doubt(FunctionItem item, Lineage inputs) =>
        item.Functions.Any(static source => source is { Columns.IsDefault: true, Value: Call { Name.Name: "unnest", Arguments: not [Form or Cast] } })
        && item.Alias is not { HasDefinitions: true } && inputs.Sources.Count > 1
            ? inputs
            : null;

    private static string? Name(FunctionItem item) => item.Functions is [{ Value: Call call }] ? call.Name.Name : null;
}
