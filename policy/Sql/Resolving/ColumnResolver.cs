using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Names of columns and rows, fields of rows.</summary>
internal sealed class ColumnResolver(Resolver resolver)
{
    /// <summary>Resolves a name: a column, or a whole row.</summary>
    public Lineage Resolve(ColumnReference column, Scope scope)
    {
        if (column.IsStar)
            return column.Parts.IsEmpty ? WholeScope(scope) : Entry(column.Parts, scope)?.Whole ?? Missing(column);
        if (column.Parts is [var name])
            return Single(column, name, scope);
        return Entry(column.Parts[..^1], scope) is { } entry ? InEntry(entry, column.Parts[^1], scope) : Missing(column);
    }

    /// <summary>What a qualifier of one to three parts stands for, or null.</summary>
    public static RangeEntry? Entry(ImmutableArray<string> parts, Scope scope) => parts switch
    {
        [var name] => scope.FindEntry(null, name),
        [.., var schema, var name] => scope.FindEntry(schema, name),
        _ => null,
    };

    /// <summary>The columns of a row, if what it has is known; otherwise what it comes from as a whole.</summary>
    public IEnumerable<RangeColumn>? Fields(Expression row, Scope scope, out Lineage whole)
    {
        if (Row(row, scope) is { Hidden: null } entry)
        {
            whole = Lineage.None;
            return entry.Columns;
        }

        whole = resolver.Expressions.Resolve(row, scope).Derived;
        var value = whole;
        return RowType(row, scope)?.Columns.Select(column => new RangeColumn(column.Name, value));
    }

    /// <summary>The value of one field of a row.</summary>
    public Lineage Field(Expression row, string field, Scope scope)
    {
        if (Row(row, scope) is { } entry)
            return InEntry(entry, field, scope);

        // A field that is none is a function of the row: (x).f is f(x).
        var whole = resolver.Expressions.Resolve(row, scope).Derived;
        if (RowType(row, scope)?.Columns.Any(column => column.Name == field) == true)
            return whole;
        return Attribute(field, whole) ?? whole;
    }

    /// <summary>f(t) read as t.f: the field if the argument is a whole row that has one of this name and no function hides it; otherwise null.</summary>
    public Lineage? AsField(ColumnReference row, string name, Scope scope)
    {
        if (!resolver.Names.HasRowValues || Row(row, scope) is not { } entry || scope.FindIn(entry, name) is not { } field)
            return null;

        // A function that takes the row would win; where one has this name the call is judged and everything counts.
        return FunctionTraits.IsKnown(resolver.Catalogue, name) ? null : field.Lineage;
    }

    /// <summary>Notes a name that means nothing here.</summary>
    public Lineage Missing(ColumnReference column)
    {
        resolver.Findings.Unresolve($"column {string.Join('.', column.Parts)}{(column.IsStar ? ".*" : "")} was not found");
        return Lineage.Unknown;
    }

    // A column of any level comes first; only then is the name a table's, and the value its whole row.
    private Lineage Single(ColumnReference column, string name, Scope scope)
    {
        var found = scope.FindColumn(name, out var isCertain);
        if (isCertain)
            return found!;
        var row = resolver.Names.HasRowValues ? scope.FindEntry(null, name)?.Whole : null;
        return Shape.Or(found, row) ?? Missing(column);
    }

    // A name that is no column of the row is a function of it: t.f is f(t).
    private Lineage InEntry(RangeEntry entry, string name, Scope scope)
    {
        if (scope.FindIn(entry, name) is { } column)
            return Shape.Or(column.Lineage, entry.Hidden)!;
        resolver.Findings.Spend(entry.Columns.Length);
        if (entry.Hidden is not null)
            return entry.Whole;
        if (Attribute(name, entry.Whole) is { } value)
            return value;
        resolver.Findings.Unresolve($"column {entry.Name}.{name} was not found");
        return entry.Whole;
    }

    // Notes the function that an attribute may be, and gives what it returns; null if no function has this name.
    private Lineage? Attribute(string name, Lineage row)
    {
        if (!resolver.Names.HasRowValues || !FunctionTraits.IsKnown(resolver.Catalogue, name))
            return null;
        resolver.Findings.AddFunction(new(null, name, false));
        return FunctionTraits.Of(resolver.Catalogue, new(null, name, false)).MayReadAnything ? row.With(Lineage.Unknown) : row;
    }

    private static Lineage WholeScope(Scope scope) => Shape.Whole([.. scope.Columns], scope.Hidden);

    // The table, subquery or function whose row this expression is.
    private static RangeEntry? Row(Expression row, Scope scope)
    {
        if (row is not ColumnReference column || column.Parts.IsEmpty)
            return null;
        if (column.IsStar)
            return Entry(column.Parts, scope);
        if (column.Parts is not [var name])
            return null;
        scope.FindColumn(name, out var isCertain);
        return isCertain ? null : scope.FindEntry(null, name);
    }

    // The relation that is this expression's type, where that is plain to see: a cast to it, or a column of it.
    private CatalogueRelation? RowType(Expression row, Scope scope)
    {
        switch (row)
        {
            case Cast { Type: { IsArray: false } type }:
                return resolver.Relations.FindType(type.Name);
            case ColumnReference { IsStar: false, Parts: [.. var qualifier, var name] }:
                var column = qualifier.Length == 0
                    ? scope.Columns.FirstOrDefault(column => column.Name == name)
                    : Entry([.. qualifier], scope) is { } entry ? scope.FindIn(entry, name) : null;
                return column?.TypeName is { } typeName ? resolver.Relations.FindType(typeName) : null;
            default:
                return null;
        }
    }
}
