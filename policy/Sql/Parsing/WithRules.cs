using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>WITH and its tables, SEARCH and CYCLE included.</summary>
internal sealed class WithRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>WITH.</summary>
    public With With()
    {
        _cursor.Expect("with");
        var isRecursive = _cursor.Accept("recursive");
        var tables = ImmutableArray.CreateBuilder<CommonTable>();
        do
            tables.Add(Table());
        while (_cursor.Accept(","));
        return new(isRecursive, tables.ToImmutable());
    }

    private CommonTable Table()
    {
        var name = grammar.Names.ColumnName();
        var columns = grammar.Names.OptionalList();
        _cursor.Expect("as");
        if (_cursor.Accept("not"))
            _cursor.Expect("materialized");
        else
            _cursor.Accept("materialized");
        _cursor.Expect("(");
        var statement = grammar.Statements.Preparable();
        _cursor.Expect(")");

        var added = ImmutableArray.CreateBuilder<string>();
        if (_cursor.Accept("search"))
            Search(added);
        if (_cursor.Accept("cycle"))
            Cycle(added);
        return new(name, columns.IsDefault ? [] : columns, statement, added.ToImmutable());
    }

    private void Search(ImmutableArray<string>.Builder added)
    {
        if (!_cursor.Accept("depth"))
            _cursor.Expect("breadth");
        _cursor.Expect("first");
        _cursor.Expect("by");
        grammar.Names.Names();
        _cursor.Expect("set");
        added.Add(grammar.Names.ColumnName());
    }

    private void Cycle(ImmutableArray<string>.Builder added)
    {
        grammar.Names.Names();
        _cursor.Expect("set");
        added.Add(grammar.Names.ColumnName());
        if (_cursor.Accept("to"))
        {
            grammar.Primaries.Primary();
            _cursor.Expect("default");
            grammar.Primaries.Primary();
        }

        _cursor.Expect("using");
        added.Add(grammar.Names.ColumnName());
    }
}
