using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>FROM with ONLY, TABLESAMPLE, functions, and aliases of joins.</summary>
internal sealed class PostgresFromRules(PostgresGrammar grammar) : FromRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>A relation as written: <c>ONLY t</c>, <c>t *</c>, <c>ONLY (t)</c>.</summary>
    public override QualifiedName Relation()
    {
        if (_cursor.Accept("only"))
        {
            var isEnclosed = _cursor.Accept("(");
            var only = _grammar.Names.Qualified();
            if (isEnclosed)
                _cursor.Expect(")");
            return only;
        }

        var name = _grammar.Names.Qualified();
        _cursor.Accept("*");
        return name;
    }

    /// <inheritdoc/>
    protected override FromItem Single()
    {
        if (_cursor.Is("("))
            return Parenthesised(isLateral: false);
        if (_cursor.Accept("lateral"))
            return _cursor.Is("(") ? Parenthesised(isLateral: true) : _grammar.FromFunctions.Item();
        return _grammar.FromFunctions.IsStart() ? _grammar.FromFunctions.Item() : Table();
    }

    /// <inheritdoc/>
    protected override JoinItem Enclosed(JoinItem join) => join with { Alias = OptionalAlias() ?? join.Alias };

    /// <inheritdoc/>
    protected override bool MayLackCondition(JoinKind kind) => false;

    /// <inheritdoc/>
    protected override JoinKind? JoinWords(out bool isNatural)
    {
        isNatural = _cursor.Accept("natural");
        var kind = _cursor.Mark switch
        {
            "join" or "inner" => JoinKind.Inner,
            "cross" => JoinKind.Cross,
            "left" => JoinKind.Left,
            "right" => JoinKind.Right,
            "full" => JoinKind.Full,
            _ => (JoinKind?)null,
        };
        if (kind is null)
            return null;
        if (!_cursor.Is("join"))
            _cursor.Skip();
        if (kind is JoinKind.Left or JoinKind.Right or JoinKind.Full)
            _cursor.Accept("outer");
        _cursor.Expect("join");
        return kind;
    }

    private RelationItem Table()
    {
        var name = Relation();
        var alias = OptionalAlias();
        return new(name, alias) { Sample = _cursor.Accept("tablesample") ? Sample() : null };
    }

    private Call Sample()
    {
        var call = _grammar.Calls.Plain(_grammar.Names.QualifiedLabel());
        if (!_cursor.Accept("repeatable"))
            return call;
        _cursor.Expect("(");
        var seed = _grammar.Expressions.Any();
        _cursor.Expect(")");
        return call with { Arguments = call.Arguments.Add(seed) };
    }
}
