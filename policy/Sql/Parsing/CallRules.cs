using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Calls in the plain syntax: arguments, aggregates, WITHIN GROUP, FILTER, OVER.</summary>
internal class CallRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>The rest of a call whose name has been read; also what may follow its closing parenthesis.</summary>
    public Expression Arguments(QualifiedName name)
    {
        if (!_cursor.TryEnter())
            return new Call(name, []);
        var call = Plain(name);
        _cursor.Leave();
        return grammar.Groups.Indirections(After(call));
    }

    /// <summary>A call without what may follow it.</summary>
    public Call Plain(QualifiedName name)
    {
        _cursor.Expect("(");
        var call = new Call(name, []);
        if (_cursor.Accept("*"))
            call = call with { IsStar = true };
        else if (!_cursor.Is(")"))
            call = Filled(call);
        _cursor.Expect(")");
        return call;
    }

    /// <summary>WITHIN GROUP, FILTER and OVER after a call.</summary>
    public virtual Call After(Call call)
    {
        if (_cursor.Is("within", "group") && _cursor.MarkAt(2) == "(")
        {
            _cursor.Skip();
            _cursor.Skip();
            _cursor.Expect("(");
            call = call with { Order = [.. call.Order, .. grammar.Windows.OrderBy()] };
            _cursor.Expect(")");
        }

        if (_cursor.Accept("filter", "("))
        {
            _cursor.Expect("where");
            call = call with { Filter = grammar.Expressions.Any() };
            _cursor.Expect(")");
        }

        if (_cursor.Is("ignore", "nulls") || _cursor.Is("respect", "nulls"))
        {
            _cursor.Skip();
            _cursor.Skip();
        }

        if (_cursor.Is("over") && (_cursor.MarkAt(1) == "(" || grammar.Names.IsColumnNameAt(1)))
        {
            _cursor.Skip();
            call = call with { Over = _cursor.Is("(") ? grammar.Windows.Specification() : new(grammar.Names.ColumnName(), [], [], []) };
        }

        return call;
    }

    private Call Filled(Call call)
    {
        if (!_cursor.Accept("all"))
            _cursor.Accept("distinct");
        var arguments = ImmutableArray.CreateBuilder<Expression>();
        do
            arguments.Add(Argument());
        while (_cursor.Accept(","));
        call = call with { Arguments = arguments.ToImmutable(), Order = _cursor.Is("order") ? grammar.Windows.OrderBy() : [] };
        AfterArguments();
        return call;
    }

    /// <summary>What else may stand behind the arguments.</summary>
    protected virtual void AfterArguments()
    {
    }

    /// <summary>One argument.</summary>
    protected virtual Expression Argument() => grammar.Expressions.Any();
}
