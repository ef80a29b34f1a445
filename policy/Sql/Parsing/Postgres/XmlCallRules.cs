using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>The grammar's own functions over XML (PostgreSQL, section 9.15).</summary>
internal sealed class XmlCallRules(PostgresGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Such a function, if one begins here.</summary>
    public Expression? Optional()
    {
        var name = _cursor.Mark;
        if (name is not ("xmlconcat" or "xmlelement" or "xmlforest" or "xmlparse" or "xmlpi" or "xmlroot" or "xmlserialize" or "xmlexists"))
            return null;
        if (!_cursor.TryEnter())
            return null;
        _cursor.Skip();
        _cursor.Expect("(");
        var operands = name switch
        {
            "xmlconcat" => grammar.Expressions.List(),
            "xmlelement" => Element(),
            "xmlforest" => Labelled(),
            "xmlparse" => Parse(),
            "xmlpi" => Instruction(),
            "xmlroot" => Root(),
            "xmlserialize" => Serialize(),
            _ => Exists(),
        };
        _cursor.Expect(")");
        _cursor.Leave();
        return new Form(name, operands);
    }

    /// <summary>PASSING [BY REF | VALUE] x [BY REF | VALUE].</summary>
    public Expression Passing()
    {
        _cursor.Expect("passing");
        Mechanism();
        var document = grammar.Primaries.Primary();
        Mechanism();
        return document;
    }

    private void Mechanism()
    {
        if (!_cursor.Accept("by", "ref"))
            _cursor.Accept("by", "value");
    }

    private ImmutableArray<Expression> Element()
    {
        _cursor.Expect("name");
        grammar.Names.Part();
        ImmutableArray<Expression> attributes = [];
        if (!_cursor.Accept(","))
            return attributes;
        if (_cursor.Accept("xmlattributes", "("))
        {
            attributes = Labelled();
            _cursor.Expect(")");
            if (!_cursor.Accept(","))
                return attributes;
        }

        return [.. attributes, .. grammar.Expressions.List()];
    }

    private ImmutableArray<Expression> Labelled()
    {
        var values = ImmutableArray.CreateBuilder<Expression>();
        do
        {
            values.Add(grammar.Expressions.Any());
            if (_cursor.Accept("as"))
                grammar.Names.Part();
        }
        while (_cursor.Accept(","));
        return values.ToImmutable();
    }

    private ImmutableArray<Expression> Parse()
    {
        Sort();
        var text = grammar.Expressions.Any();
        if (!_cursor.Accept("preserve", "whitespace"))
            _cursor.Accept("strip", "whitespace");
        return [text];
    }

    private void Sort()
    {
        if (!_cursor.Accept("document"))
            _cursor.Expect("content");
    }

    private ImmutableArray<Expression> Instruction()
    {
        _cursor.Expect("name");
        grammar.Names.Part();
        return _cursor.Accept(",") ? [grammar.Expressions.Any()] : [];
    }

    private ImmutableArray<Expression> Root()
    {
        var operands = ImmutableArray.CreateBuilder<Expression>(2);
        operands.Add(grammar.Expressions.Any());
        _cursor.Expect(",");
        _cursor.Expect("version");
        if (!_cursor.Accept("no", "value"))
            operands.Add(grammar.Expressions.Any());
        if (_cursor.Accept(","))
        {
            _cursor.Expect("standalone");
            if (!_cursor.Accept("yes") && _cursor.Accept("no"))
                _cursor.Accept("value");
        }

        return operands.ToImmutable();
    }

    private ImmutableArray<Expression> Serialize()
    {
        Sort();
        var value = grammar.Expressions.Any();
        _cursor.Expect("as");
        grammar.Types.Type();
        if (!_cursor.Accept("no", "indent"))
            _cursor.Accept("indent");
        return [value];
    }

    private ImmutableArray<Expression> Exists()
    {
        var path = grammar.Primaries.Primary();
        return [path, Passing()];
    }
}
