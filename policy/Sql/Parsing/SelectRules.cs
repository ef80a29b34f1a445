using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>SELECT from its target list to WINDOW.</summary>
internal sealed class SelectRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>SELECT.</summary>
    public SelectBody Select()
    {
        _cursor.Expect("select");
        var isDistinct = false;
        ImmutableArray<Expression> distinctOn = [];
        if (!_cursor.Accept("all") && _cursor.Accept("distinct"))
        {
            isDistinct = true;
            if (_cursor.Accept("on", "("))
            {
                distinctOn = grammar.Expressions.List();
                _cursor.Expect(")");
            }
        }

        return new()
        {
            IsDistinct = isDistinct,
            DistinctOn = distinctOn,
            Targets = HasTargets() ? Targets() : [],
            Into = _cursor.Accept("into") ? Into() : null,
            From = _cursor.Accept("from") ? grammar.Froms.List() : [],
            Where = _cursor.Accept("where") ? grammar.Expressions.Any() : null,
            GroupBy = _cursor.Accept("group", "by") ? GroupBy() : [],
            Having = _cursor.Accept("having") ? grammar.Expressions.Any() : null,
            Windows = _cursor.Accept("window") ? Windows() : [],
        };
    }

    /// <summary>A target list.</summary>
    public ImmutableArray<Target> Targets()
    {
        var targets = ImmutableArray.CreateBuilder<Target>();
        do
            targets.Add(Target());
        while (_cursor.Accept(","));
        return targets.ToImmutable();
    }

    // A target list may be empty.
    private bool HasTargets() => !_cursor.IsAtEnd
        && _cursor.Mark is not (")" or ";" or "into" or "from" or "where" or "group" or "having" or "window" or "union" or "intersect" or "except"
            or "order" or "limit" or "offset" or "fetch" or "for");

    private Target Target()
    {
        if (_cursor.Accept("*"))
            return new(new ColumnReference([], true), null);
        var value = grammar.Expressions.Any();
        return new(value, _cursor.Accept("as") ? grammar.Names.Label() : grammar.Names.BareLabel());
    }

    private QualifiedName Into()
    {
        if (_cursor.Mark is "temporary" or "temp" or "local" or "global" or "unlogged")
        {
            if (_cursor.Mark is "local" or "global")
                _cursor.Skip();
            _cursor.Skip();
        }

        _cursor.Accept("table");
        return grammar.Names.Qualified();
    }

    private ImmutableArray<Expression> GroupBy()
    {
        if (!_cursor.Accept("all"))
            _cursor.Accept("distinct");
        var keys = ImmutableArray.CreateBuilder<Expression>();
        do
            GroupingSet(keys);
        while (_cursor.Accept(","));
        return keys.ToImmutable();
    }

    private void GroupingSet(ImmutableArray<Expression>.Builder keys)
    {
        if (_cursor.Accept("(", ")"))
            return;
        var isNested = _cursor.Accept("grouping", "sets");
        if (!isNested && !_cursor.Is("rollup", "(") && !_cursor.Is("cube", "("))
        {
            keys.Add(grammar.Expressions.Any());
            return;
        }

        if (!isNested)
            _cursor.Skip();
        if (!_cursor.TryEnter())
            return;
        _cursor.Expect("(");
        do
            GroupingSet(keys);
        while (_cursor.Accept(","));
        _cursor.Expect(")");
        _cursor.Leave();
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
