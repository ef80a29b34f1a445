using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>FROM with partitions, index hints, row versions, and joins without a condition.</summary>
internal sealed class MySqlFromRules(MySqlGrammar grammar) : FromRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override QualifiedName Relation() => _grammar.Names.Qualified();

    /// <summary>PARTITION (p0, p1), if it follows.</summary>
    public void Partitions()
    {
        if (_cursor.Accept("partition"))
            _grammar.Names.List();
    }

    /// <summary>A table with all that may follow its name.</summary>
    public RelationItem Table()
    {
        var name = Relation();
        Partitions();
        var period = _cursor.Accept("for", "system_time") ? Period() : [];
        var alias = Alias();
        if (_cursor.Is("tablesample"))
            _cursor.Fail("TABLESAMPLE is not supported");
        while (_cursor.Mark is "use" or "force" or "ignore" && _cursor.MarkAt(1) is "index" or "key")
            IndexHint();
        return new(name, alias) { Period = period };
    }

    /// <summary>An alias alone, if there is one.</summary>
    public Alias? Alias()
    {
        var isCertain = _cursor.Accept("as");
        return isCertain || _grammar.Names.IsAlias() ? new(_grammar.Names.ColumnName(), []) : null;
    }

    /// <inheritdoc/>
    protected override FromItem Single()
    {
        if (_cursor.Is("("))
            return Parenthesised(isLateral: false);
        if (_cursor.Is("lateral", "("))
        {
            _cursor.Skip();
            return Parenthesised(isLateral: true);
        }

        if (_grammar.DocumentTables.IsStart())
            return _grammar.DocumentTables.Item() with { Alias = Alias() };
        return _cursor.Is("{") ? Braces() : Table();
    }

    /// <inheritdoc/>
    protected override FromItem More(FromItem item)
    {
        // A list in parentheses is a join of all.
        while (_cursor.Accept(","))
            item = new JoinItem(item, JoinKind.Inner, Item());
        return item;
    }

    /// <inheritdoc/>
    protected override bool MayLackCondition(JoinKind kind) => kind == JoinKind.Inner;

    /// <inheritdoc/>
    protected override JoinKind? JoinWords(out bool isNatural)
    {
        isNatural = _cursor.Accept("natural");
        if (_cursor.Accept("straight_join"))
            return JoinKind.Inner;
        JoinKind? kind = _cursor.Mark switch
        {
            "join" or "inner" or "cross" => JoinKind.Inner,
            "left" => JoinKind.Left,
            "right" => JoinKind.Right,
            _ => null,
        };
        if (kind is null)
            return null;
        if (!_cursor.Is("join"))
            _cursor.Skip();
        if (kind is JoinKind.Left or JoinKind.Right)
            _cursor.Accept("outer");
        _cursor.Expect("join");
        return kind;
    }

    // {oj a LEFT JOIN b ON ...}
    private FromItem Braces()
    {
        _cursor.Skip();
        _grammar.Names.Part();
        var item = Item();
        _cursor.Expect("}");
        return item;
    }

    // USE INDEX FOR ORDER BY (a, PRIMARY)
    private void IndexHint()
    {
        _cursor.Skip();
        _cursor.Skip();
        if (_cursor.Accept("for"))
        {
            if (!_cursor.Accept("join") && !_cursor.Accept("order", "by"))
            {
                _cursor.Expect("group");
                _cursor.Expect("by");
            }
        }

        _cursor.Expect("(");
        if (!_cursor.Is(")"))
        {
            do
                _grammar.Names.Part();
            while (_cursor.Accept(","));
        }

        _cursor.Expect(")");
    }

    // AS OF '...', BETWEEN a AND b, FROM a TO b, ALL
    private ImmutableArray<Expression> Period()
    {
        if (_cursor.Accept("all"))
            return [];
        if (_cursor.Accept("as", "of"))
            return [Moment()];
        var isBetween = _cursor.Accept("between");
        if (!isBetween)
            _cursor.Expect("from");
        var from = Moment();
        _cursor.Expect(isBetween ? "and" : "to");
        return [from, Moment()];
    }

    private Expression Moment()
    {
        if (_cursor.Is("transaction") || (_cursor.Is("timestamp") && _cursor.MarkAt(1) != "("))
        {
            if (!_grammar.Literals.IsStringAt(1) || _cursor.Is("transaction"))
                _cursor.Skip();
        }

        return _grammar.Expressions.Climb(Precedence.BitOr);
    }
}
