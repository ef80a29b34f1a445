using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>SELECT with DISTINCT ON, INTO a table, grouping sets, and without a target list.</summary>
internal sealed class PostgresSelectRules(PostgresGrammar grammar) : SelectRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override SelectBody Select()
    {
        _cursor.Expect("select");
        var isDistinct = false;
        ImmutableArray<Expression> distinctOn = [];
        if (!_cursor.Accept("all") && _cursor.Accept("distinct"))
        {
            isDistinct = true;
            if (_cursor.Accept("on", "("))
            {
                distinctOn = _grammar.Expressions.List();
                _cursor.Expect(")");
            }
        }

        return Clauses(new()
        {
            IsDistinct = isDistinct,
            DistinctOn = distinctOn,
            Targets = HasTargets() ? Targets() : [],
            Into = _cursor.Accept("into") ? Into() : null,
        });
    }

    /// <inheritdoc/>
    protected override ImmutableArray<Expression> GroupBy()
    {
        if (!_cursor.Accept("all"))
            _cursor.Accept("distinct");
        var keys = ImmutableArray.CreateBuilder<Expression>();
        do
            GroupingSet(keys);
        while (_cursor.Accept(","));
        return keys.ToImmutable();
    }

    // A target list may be empty.
    private bool HasTargets() => !_cursor.IsAtEnd
        && _cursor.Mark is not (")" or ";" or "into" or "from" or "where" or "group" or "having" or "window" or "union" or "intersect" or "except"
            or "order" or "limit" or "offset" or "fetch" or "for");

    private QualifiedName Into()
    {
        if (_cursor.Mark is "temporary" or "temp" or "local" or "global" or "unlogged")
        {
            if (_cursor.Mark is "local" or "global")
                _cursor.Skip();
            _cursor.Skip();
        }

        _cursor.Accept("table");
        return _grammar.Names.Qualified();
    }

    private void GroupingSet(ImmutableArray<Expression>.Builder keys)
    {
        if (_cursor.Accept("(", ")"))
            return;
        var isNested = _cursor.Accept("grouping", "sets");
        if (!isNested && !_cursor.Is("rollup", "(") && !_cursor.Is("cube", "("))
        {
            keys.Add(_grammar.Expressions.Any());
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
}
