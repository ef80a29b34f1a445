using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>FROM: tables, subqueries, joins, aliases.</summary>
internal sealed class FromRules(Grammar grammar)
{
    // A chain of joins nests to the left, one level for each.
    private const int JoinsMax = 500;

    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Items separated by commas.</summary>
    public ImmutableArray<FromItem> List()
    {
        var items = ImmutableArray.CreateBuilder<FromItem>();
        do
            items.Add(Item());
        while (_cursor.Accept(","));
        return items.ToImmutable();
    }

    /// <summary>One item with its joins.</summary>
    public FromItem Item()
    {
        if (!_cursor.TryEnter())
            return Nothing;
        var item = Joins(Single());
        _cursor.Leave();
        return item;
    }

    /// <summary>A relation as written: <c>ONLY t</c>, <c>t *</c>, <c>ONLY (t)</c>.</summary>
    public QualifiedName Relation()
    {
        if (_cursor.Accept("only"))
        {
            var isEnclosed = _cursor.Accept("(");
            var only = grammar.Names.Qualified();
            if (isEnclosed)
                _cursor.Expect(")");
            return only;
        }

        var name = grammar.Names.Qualified();
        _cursor.Accept("*");
        return name;
    }

    /// <summary>An alias with names for columns, if there is one.</summary>
    public Alias? OptionalAlias()
    {
        var isCertain = _cursor.Accept("as");
        if (!isCertain && !grammar.Names.IsColumnName())
            return null;
        var name = grammar.Names.ColumnName();
        var columns = grammar.Names.OptionalList();
        return new(name, columns.IsDefault ? [] : columns);
    }

    private static RelationItem Nothing { get; } = new(new QualifiedName([""]), null);

    private FromItem Single()
    {
        if (_cursor.Is("("))
            return Parenthesised(isLateral: false, out var query) ?? new SubqueryItem(query!, false, OptionalAlias());
        if (_cursor.Accept("lateral"))
        {
            if (!_cursor.Is("("))
                return grammar.FromFunctions.Item();
            return Parenthesised(isLateral: true, out var lateral) ?? new SubqueryItem(lateral!, true, OptionalAlias());
        }

        return grammar.FromFunctions.IsStart() ? grammar.FromFunctions.Item() : Table();
    }

    private RelationItem Table()
    {
        var name = Relation();
        var alias = OptionalAlias();
        return new(name, alias) { Sample = _cursor.Accept("tablesample") ? Sample() : null };
    }

    private Call Sample()
    {
        var call = grammar.Calls.Plain(grammar.Names.QualifiedLabel());
        if (!_cursor.Accept("repeatable"))
            return call;
        _cursor.Expect("(");
        var seed = grammar.Expressions.Any();
        _cursor.Expect(")");
        return call with { Arguments = call.Arguments.Add(seed) };
    }

    // In parentheses stands a query (given out) or a join (returned). Two pairs leave that open until what follows the inner one.
    private FromItem? Parenthesised(bool isLateral, out Query? query)
    {
        query = null;
        if (!_cursor.TryEnter())
            return Nothing;
        _cursor.Expect("(");
        FromItem? item = null;
        if (grammar.Queries.IsStart())
        {
            query = grammar.Queries.Query();
        }
        else if (_cursor.Is("("))
        {
            item = Parenthesised(isLateral, out query);
            if (query is not null && grammar.Queries.IsContinuation())
                query = grammar.Queries.Continue(query);
            else if (query is not null && !_cursor.Is(")"))
                (item, query) = (Joins(new SubqueryItem(query, isLateral, OptionalAlias())), null);
            else if (item is not null)
                item = Joins(item);
        }
        else
        {
            item = Item();
        }

        _cursor.Expect(")");
        _cursor.Leave();
        if (item is JoinItem join && query is null)
            return join with { Alias = OptionalAlias() ?? join.Alias };
        return query is null ? item ?? Nothing : null;
    }

    private FromItem Joins(FromItem left)
    {
        if (!_cursor.TryEnter())
            return left;
        for (var joins = 0; JoinWords(out var isNatural) is { } kind; joins++)
        {
            if (joins == JoinsMax)
                _cursor.Fail("too many joins");
            var right = Single();
            if (isNatural || kind == JoinKind.Cross)
                left = new JoinItem(left, kind, right) { IsNatural = isNatural };
            else
                left = Condition(new(left, kind, Joins(right))); // in a JOIN b JOIN c ON x ON y, x belongs to the inner join
        }

        _cursor.Leave();
        return left;
    }

    private JoinKind? JoinWords(out bool isNatural)
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

    private JoinItem Condition(JoinItem join)
    {
        if (_cursor.Accept("on"))
            return join with { On = grammar.Expressions.Any() };
        _cursor.Expect("using");
        var columns = grammar.Names.List();
        return join with { Using = columns, UsingAlias = _cursor.Accept("as") ? grammar.Names.ColumnName() : null };
    }
}
