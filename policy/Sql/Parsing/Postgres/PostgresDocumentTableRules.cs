using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>XMLTABLE and JSON_TABLE.</summary>
internal sealed class PostgresDocumentTableRules(PostgresGrammar grammar) : DocumentTableRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override bool IsStart() => _cursor.Is("xmltable", "(") || base.IsStart();

    /// <inheritdoc/>
    protected override void Inside(ImmutableArray<string>.Builder columns, ImmutableArray<Expression>.Builder inputs)
    {
        if (_cursor.Accept("xmltable", "("))
            Xml(columns, inputs);
        else
            base.Inside(columns, inputs);
    }

    /// <inheritdoc/>
    protected override void Document(ImmutableArray<Expression>.Builder inputs) => _grammar.JsonCalls.Document(inputs);

    /// <inheritdoc/>
    protected override void Options(ImmutableArray<Expression>.Builder inputs) => _grammar.JsonCalls.Options(inputs);

    private void Xml(ImmutableArray<string>.Builder columns, ImmutableArray<Expression>.Builder inputs)
    {
        if (_cursor.Accept("xmlnamespaces", "("))
        {
            do
            {
                _cursor.Accept("default");
                inputs.Add(_grammar.Expressions.Restricted());
                if (_cursor.Accept("as"))
                    _grammar.Names.Part();
            }
            while (_cursor.Accept(","));
            _cursor.Expect(")");
            _cursor.Expect(",");
        }

        inputs.Add(_grammar.Primaries.Primary());
        inputs.Add(_grammar.XmlCalls.Passing());
        _cursor.Expect("columns");
        do
        {
            columns.Add(_grammar.Names.ColumnName());
            if (_cursor.Accept("for", "ordinality"))
                continue;
            _grammar.Types.Type();
            XmlOptions(inputs);
        }
        while (_cursor.Accept(","));
    }

    private void XmlOptions(ImmutableArray<Expression>.Builder inputs)
    {
        while (true)
        {
            if (_cursor.Accept("path") || _cursor.Accept("default"))
                inputs.Add(_grammar.Expressions.Restricted());
            else if (!_cursor.Accept("null") && !_cursor.Accept("not", "null"))
                return;
        }
    }
}
