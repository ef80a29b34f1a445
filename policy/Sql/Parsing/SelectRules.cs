using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>SELECT from its target list to WINDOW.</summary>
internal abstract class SelectRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>SELECT.</summary>
    public abstract SelectBody Select();

    /// <summary>A target list.</summary>
    public ImmutableArray<Target> Targets()
    {
        var targets = ImmutableArray.CreateBuilder<Target>();
        do
            targets.Add(Target());
        while (_cursor.Accept(","));
        return targets.ToImmutable();
    }

    /// <summary>FROM and what follows it, each if there.</summary>
    protected SelectBody Clauses(SelectBody select) => select with
    {
        From = _cursor.Accept("from") ? From() : [],
        Where = _cursor.Accept("where") ? grammar.Expressions.Any() : null,
        GroupBy = _cursor.Accept("group", "by") ? GroupBy() : [],
        Having = _cursor.Accept("having") ? grammar.Expressions.Any() : null,
        Windows = _cursor.Accept("window") ? Windows() : [],
    };

    /// <summary>The items of FROM.</summary>
    protected virtual ImmutableArray<FromItem> From() => grammar.Froms.List();

    /// <summary>The keys of GROUP BY.</summary>
    protected abstract ImmutableArray<Expression> GroupBy();

    /// <summary>One output column.</summary>
    protected virtual Target Target()
    {
        if (_cursor.Accept("*"))
            return new(new ColumnReference([], true), null);
        var value = grammar.Expressions.Any();
        return new(value, _cursor.Accept("as") ? grammar.Names.Label() : grammar.Names.BareLabel());
    }

    private ImmutableArray<(string, Window)> Windows()
    {
        var windows = ImmutableArray.CreateBuilder<(string, Window)>();
        do
        {
            var name = grammar.Names.ColumnName();
            _cursor.Expect("as");
            windows.Add((name, grammar.Windows.Specification()));
        }
        while (_cursor.Accept(","));
        return windows.ToImmutable();
    }
}
