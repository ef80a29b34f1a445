using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>The grammar's own functions over JSON (PostgreSQL 16 and later, section 9.16).</summary>
/// <remarks>On an older server the same names are ordinary functions, whose calls these rules read as well.</remarks>
internal sealed class JsonCallRules(PostgresGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Such a function, if one begins here.</summary>
    public Expression? Optional()
    {
        var name = _cursor.Mark;
        if (name is not ("json" or "json_array" or "json_arrayagg" or "json_exists" or "json_object" or "json_objectagg" or "json_query" or "json_scalar"
            or "json_serialize" or "json_value" or "merge_action") || !_cursor.TryEnter())
        {
            return null;
        }

        _cursor.Skip();
        _cursor.Expect("(");
        var call = new Call(new([name]), []);
        if (!_cursor.Is(")"))
            call = Inside(call);
        _cursor.Expect(")");
        _cursor.Leave();
        return grammar.Groups.Indirections(grammar.Calls.After(call));
    }

    /// <summary>[WITH | WITHOUT] UNIQUE [KEYS].</summary>
    public void OptionalUniqueKeys()
    {
        if (!_cursor.Accept("with", "unique") && !_cursor.Accept("without", "unique"))
            return;
        _cursor.Accept("keys");
    }

    /// <summary>A value with its FORMAT, and PASSING with its values.</summary>
    public void Document(ImmutableArray<Expression>.Builder operands)
    {
        operands.Add(Value());
        _cursor.Expect(",");
        operands.Add(grammar.Expressions.Any());
        if (_cursor.Accept("as"))
            grammar.Names.Part();
        if (!_cursor.Accept("passing"))
            return;
        do
        {
            operands.Add(Value());
            _cursor.Expect("as");
            grammar.Names.Part();
        }
        while (_cursor.Accept(","));
    }

    /// <summary>RETURNING, wrappers, quotes, and what happens ON EMPTY and ON ERROR, in any order.</summary>
    public void Options(ImmutableArray<Expression>.Builder operands)
    {
        while (Option(operands))
        {
            // Each turn steps over one.
        }
    }

    private bool Option(ImmutableArray<Expression>.Builder operands)
    {
        switch (_cursor.Mark)
        {
            case "returning":
                _cursor.Skip();
                grammar.Types.Type();
                Format();
                return true;
            case "format":
                Format();
                return true;
            case "with" or "without":
                return Wrapper();
            case "keep" or "omit":
                _cursor.Skip();
                _cursor.Expect("quotes");
                if (_cursor.Accept("on"))
                {
                    _cursor.Expect("scalar");
                    _cursor.Expect("string");
                }

                return true;
            case "error" or "null" or "true" or "false" or "unknown" or "empty" or "absent" or "default":
                Behaviour(operands);
                return true;
            default:
                return false;
        }
    }

    private bool Wrapper()
    {
        if (_cursor.MarkAt(1) == "unique")
        {
            OptionalUniqueKeys();
            return true;
        }

        _cursor.Skip();
        if (!_cursor.Accept("conditional"))
            _cursor.Accept("unconditional");
        _cursor.Accept("array");
        _cursor.Expect("wrapper");
        return true;
    }

    private void Behaviour(ImmutableArray<Expression>.Builder operands)
    {
        if (_cursor.Accept("default"))
            operands.Add(grammar.Expressions.Any());
        else if (_cursor.Accept("empty") && !_cursor.Accept("array"))
            _cursor.Accept("object");
        else if (!_cursor.Is("on"))
            _cursor.Skip();
        _cursor.Expect("on");
        if (!_cursor.Accept("error") && !_cursor.Accept("empty"))
            _cursor.Expect("null");
    }

    private Call Inside(Call call)
    {
        var operands = ImmutableArray.CreateBuilder<Expression>();
        ImmutableArray<SortKey> order = [];
        switch (call.Name.Name)
        {
            case "json_array" when grammar.Queries.IsStart():
                operands.Add(new Subquery(SubqueryUse.Array, null, null, grammar.Queries.Query()));
                Format();
                break;
            case "json_exists" or "json_query" or "json_value":
                Document(operands);
                break;
            case "json_object" or "json_objectagg":
                Pairs(operands);
                break;
            default:
                Values(operands);
                break;
        }

        if (_cursor.Is("order"))
            order = grammar.Windows.OrderBy();
        Options(operands);
        return call with { Arguments = operands.ToImmutable(), Order = order };
    }

    // Pairs, key VALUE value or key : value; a plain call has values alone.
    private void Pairs(ImmutableArray<Expression>.Builder operands)
    {
        if (IsOption())
            return;
        do
        {
            operands.Add(Argument());
            if (_cursor.Accept("value") || _cursor.Accept(":"))
                operands.Add(Value());
        }
        while (_cursor.Accept(","));
    }

    private void Values(ImmutableArray<Expression>.Builder operands)
    {
        if (IsOption())
            return;
        do
            operands.Add(Argument());
        while (_cursor.Accept(","));
    }

    private bool IsOption() => _cursor.Is("returning") || _cursor.Is("null", "on") || _cursor.Is("absent", "on");

    private Expression Argument()
    {
        _cursor.Accept("variadic");
        if (_cursor.Kind is TokenKind.Word or TokenKind.QuotedName && _cursor.MarkAt(1) is ":=" or "=>")
        {
            grammar.Names.Part();
            _cursor.Skip();
        }

        return Value();
    }

    private Expression Value()
    {
        var value = grammar.Expressions.Any();
        Format();
        return value;
    }

    private void Format()
    {
        if (_cursor.Accept("format", "json") && _cursor.Accept("encoding"))
            grammar.Names.Part();
    }
}
