using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>ORDER BY, and windows with their frames.</summary>
internal sealed class WindowRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>ORDER BY.</summary>
    public ImmutableArray<SortKey> OrderBy()
    {
        _cursor.Expect("order");
        _cursor.Expect("by");
        var keys = ImmutableArray.CreateBuilder<SortKey>();
        do
            keys.Add(Key());
        while (_cursor.Accept(","));
        return keys.ToImmutable();
    }

    /// <summary><c>(name PARTITION BY ... ORDER BY ... frame)</c>.</summary>
    public Window Specification()
    {
        if (!_cursor.TryEnter())
            return new(null, [], [], []);
        _cursor.Expect("(");
        var name = grammar.Names.IsColumnName() && _cursor.Mark is not ("partition" or "range" or "rows" or "groups") ? grammar.Names.ColumnName() : null;
        ImmutableArray<Expression> partition = [];
        if (_cursor.Accept("partition", "by"))
            partition = grammar.Expressions.List();
        ImmutableArray<SortKey> order = _cursor.Is("order") ? OrderBy() : [];
        var frame = Frame();
        _cursor.Expect(")");
        _cursor.Leave();
        return new(name, partition, order, frame);
    }

    private SortKey Key()
    {
        var key = grammar.Expressions.Any();
        QualifiedName? comparison = null;
        if (_cursor.Accept("using"))
            comparison = grammar.Names.Operator();
        else if (!_cursor.Accept("asc"))
            _cursor.Accept("desc");
        if (_cursor.Accept("nulls") && !_cursor.Accept("first"))
            _cursor.Expect("last");
        return new(key, comparison);
    }

    private ImmutableArray<Expression> Frame()
    {
        if (_cursor.Mark is not ("range" or "rows" or "groups"))
            return [];
        _cursor.Skip();
        var bounds = ImmutableArray.CreateBuilder<Expression>(2);
        if (_cursor.Accept("between"))
        {
            Bound(bounds);
            _cursor.Expect("and");
        }

        Bound(bounds);
        if (_cursor.Accept("exclude"))
        {
            if (_cursor.Is("current", "row") || _cursor.Is("no", "others"))
                _cursor.Skip();
            else if (_cursor.Mark is not ("group" or "ties"))
                _cursor.Fail("expected what to exclude");
            _cursor.Skip();
        }

        return bounds.ToImmutable();
    }

    private void Bound(ImmutableArray<Expression>.Builder bounds)
    {
        if (_cursor.Accept("current", "row"))
            return;
        if (!_cursor.Accept("unbounded"))
            bounds.Add(grammar.Expressions.Any());
        if (!_cursor.Accept("preceding"))
            _cursor.Expect("following");
    }
}
