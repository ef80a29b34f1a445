using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Tables made from a document: JSON_TABLE.</summary>
internal abstract class DocumentTableRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if one begins here.</summary>
    public virtual bool IsStart() => _cursor.Is("json_table", "(");

    /// <summary>One of them; its alias is not read.</summary>
    public DocumentTableItem Item()
    {
        var inputs = ImmutableArray.CreateBuilder<Expression>();
        var columns = ImmutableArray.CreateBuilder<string>();
        Inside(columns, inputs);
        _cursor.Expect(")");
        return new(inputs.ToImmutable(), columns.ToImmutable(), null);
    }

    /// <summary>The table up to its closing parenthesis.</summary>
    protected virtual void Inside(ImmutableArray<string>.Builder columns, ImmutableArray<Expression>.Builder inputs)
    {
        _cursor.Skip();
        _cursor.Expect("(");
        Document(inputs);
        JsonColumns(columns, inputs);
        Options(inputs);
    }

    /// <summary>The document and the path into it.</summary>
    protected abstract void Document(ImmutableArray<Expression>.Builder inputs);

    /// <summary>What happens ON EMPTY and ON ERROR, and what else follows a column or the table.</summary>
    protected abstract void Options(ImmutableArray<Expression>.Builder inputs);

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
        if (_cursor.Is("nested") && (_cursor.MarkAt(1) == "path" || grammar.Literals.IsStringAt(1)))
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
        Options(inputs);
        if (_cursor.Accept("path"))
            grammar.Literals.String();
        Options(inputs);
    }
}
