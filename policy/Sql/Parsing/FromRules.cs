using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>FROM: tables, subqueries, joins, aliases.</summary>
internal abstract class FromRules(Grammar grammar)
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

    /// <summary>A relation as written.</summary>
    public abstract QualifiedName Relation();

    /// <summary>An alias with names for columns, if there is one.</summary>
    public virtual Alias? OptionalAlias()
    {
        var isCertain = _cursor.Accept("as");
        if (!isCertain && !grammar.Names.IsAlias())
            return null;
        var name = grammar.Names.ColumnName();
        var columns = grammar.Names.OptionalList();
        return new(name, columns.IsDefault ? [] : columns);
    }

    /// <summary>What a rule returns where there is a fault.</summary>
    protected static RelationItem Nothing { get; } = new(new QualifiedName([""]), null);

    /// <summary>One item without joins.</summary>
    protected abstract FromItem Single();

    /// <summary>The words of a join, if one follows.</summary>
    /// <param name="isNatural">True for NATURAL.</param>
    protected abstract JoinKind? JoinWords(out bool isNatural);

    /// <summary>True if a join of this kind may come without a condition, beside NATURAL.</summary>
    protected abstract bool MayLackCondition(JoinKind kind);

    /// <summary>What may follow an item inside parentheses.</summary>
    protected virtual FromItem More(FromItem item) => item;

    /// <summary>A join whose parentheses have been closed.</summary>
    protected virtual JoinItem Enclosed(JoinItem join) => join;

    /// <summary>A subquery or a join in parentheses.</summary>
    protected FromItem Parenthesised(bool isLateral) => Parenthesised(isLateral, out var query) ?? new SubqueryItem(query!, isLateral, OptionalAlias());

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
            if (item is not null)
                item = More(item);
        }
        else
        {
            item = More(Item());
        }

        _cursor.Expect(")");
        _cursor.Leave();
        if (item is JoinItem join && query is null)
            return Enclosed(join);
        return query is null ? item ?? Nothing : null;
    }

    private FromItem Joins(FromItem first)
    {
        var chain = new JoinChain(first);
        for (var joins = 0; ;)
        {
            if (JoinWords(out var isNatural) is { } kind)
            {
                if (joins++ == JoinsMax)
                    _cursor.Fail("too many joins");
                if (isNatural || kind == JoinKind.Cross)
                    chain.Add(kind, isNatural, Single());
                else
                    chain.AddWaiting(kind, Single());
            }
            else if (chain.WaitingCount > 0 && _cursor.Mark is "on" or "using")
            {
                chain.Complete(Condition);
            }
            else
            {
                break;
            }
        }

        if (!chain.Waiting.All(MayLackCondition))
            _cursor.Fail("expected ON or USING");
        return chain.Close();
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
