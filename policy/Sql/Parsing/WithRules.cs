using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>WITH and its tables.</summary>
internal abstract class WithRules(Grammar grammar)
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

    /// <summary>What may stand between AS and the parenthesis.</summary>
    protected virtual void Hint()
    {
    }

    /// <summary>SEARCH and CYCLE; the columns that they add.</summary>
    protected abstract ImmutableArray<string> Added();

    private CommonTable Table()
    {
        var name = grammar.Names.ColumnName();
        var columns = grammar.Names.OptionalList();
        _cursor.Expect("as");
        Hint();
        _cursor.Expect("(");
        var statement = grammar.Statements.Preparable();
        _cursor.Expect(")");
        return new(name, columns.IsDefault ? [] : columns, statement, Added());
    }
}
