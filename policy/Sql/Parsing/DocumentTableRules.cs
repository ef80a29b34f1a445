using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>XMLTABLE and JSON_TABLE.</summary>
internal sealed class DocumentTableRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if one begins here.</summary>
    public bool IsStart() => _cursor.Is("xmltable", "(") || _cursor.Is("json_table", "(");

    /// <summary>One of them; its alias is not read.</summary>
    public DocumentTableItem Item()
    {
        var isXml = _cursor.Is("xmltable");
        var inputs = ImmutableArray.CreateBuilder<Expression>();
        var columns = ImmutableArray.CreateBuilder<string>();
        _cursor.Skip();
        _cursor.Expect("(");
        if (isXml)
            Xml(columns, inputs);
        else
            Json(columns, inputs);
        _cursor.Expect(")");
        return new(inputs.ToImmutable(), columns.ToImmutable(), null);
    }

    private void Xml(ImmutableArray<string>.Builder columns, ImmutableArray<Expression>.Builder inputs)
    {
        if (_cursor.Accept("xmlnamespaces", "("))
        {
            do
            {
                _cursor.Accept("default");
                inputs.Add(grammar.Expressions.Restricted());
                if (_cursor.Accept("as"))
                    grammar.Names.Label();
            }
            while (_cursor.Accept(","));
            _cursor.Expect(")");
            _cursor.Expect(",");
        }

        inputs.Add(grammar.Primaries.Primary());
        inputs.Add(grammar.XmlCalls.Passing());
        _cursor.Expect("columns");
        do
        {
            columns.Add(grammar.Names.ColumnName());
            if (_cursor.Accept("for", "ordinality"))
                continue;
            grammar.Types.Type();
            XmlOptions(inputs);
        }
        while (_cursor.Accept(","));
    }

    private void XmlOptions(ImmutableArray<Expression>.Builder inputs)
    {
        while (true)
        {
            if (_cursor.Accept("path") || _cursor.Accept("default"))
                inputs.Add(grammar.Expressions.Restricted());
            else if (!_cursor.Accept("null") && !_cursor.Accept("not", "null"))
                return;
        }
    }

    private void Json(ImmutableArray<string>.Builder columns, ImmutableArray<Expression>.Builder inputs)
    {
        grammar.JsonCalls.Document(inputs);
        JsonColumns(columns, inputs);
        grammar.JsonCalls.Options(inputs);
    }

    private void JsonColumns(ImmutableArray<string>.Builder columns, ImmutableArray<Expression>.Builder inputs)
    {
        if (!_cursor.TryEnter())
            return;
        _cursor.Expect("columns");
        _cursor.Expect("(");
        do
            JsonColumn(columns, inputs);
        while (_cursor.Accept(","));
        _cursor.Expect(")");
        _cursor.Leave();
    }

    private void JsonColumn(ImmutableArray<string>.Builder columns, ImmutableArray<Expression>.Builder inputs)
    {
        if (_cursor.Is("nested") && (_cursor.MarkAt(1) == "path" || LiteralRules.IsString(_cursor.KindAt(1))))
        {
            _cursor.Skip();
            _cursor.Accept("path");
            grammar.Literals.String();
            if (_cursor.Accept("as"))
                grammar.Names.Label();
            JsonColumns(columns, inputs);
            return;
        }

        columns.Add(grammar.Names.ColumnName());
        if (_cursor.Accept("for", "ordinality"))
            return;
        grammar.Types.Type();
        _cursor.Accept("exists");
        grammar.JsonCalls.Options(inputs);
        if (_cursor.Accept("path"))
            grammar.Literals.String();
        grammar.JsonCalls.Options(inputs);
    }
}
