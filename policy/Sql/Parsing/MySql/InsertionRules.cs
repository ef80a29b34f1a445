using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>What puts new rows into a table: INSERT, REPLACE, LOAD DATA.</summary>
internal sealed class InsertionRules(MySqlGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>INSERT or REPLACE after its modifiers.</summary>
    public ChangeStatement Insert(string verb)
    {
        _cursor.Accept("into");
        var name = grammar.Names.Qualified();
        grammar.Froms.Partitions();
        var insert = new ChangeStatement(StatementKind.Insert, verb, new(name, null));
        if (_cursor.Is("(") && !grammar.Queries.IsAhead(0))
            insert = insert with { Columns = Columns() };
        if (_cursor.Accept("set"))
            insert = insert with { Assignments = grammar.Changes.Assignments() };
        else
            insert = insert with { Source = _cursor.Mark is "values" or "value" ? Values() : grammar.Queries.Query() };
        if (_cursor.Is("as"))
            insert = insert with { RowAlias = grammar.Froms.OptionalAlias() };
        if (!_cursor.Accept("on", "duplicate"))
            return insert;
        _cursor.Expect("key");
        _cursor.Expect("update");
        return insert with { Overwrites = true, Assignments = insert.Assignments.AddRange(grammar.Changes.Assignments()) };
    }

    /// <summary>LOAD DATA and LOAD XML after their first word.</summary>
    public ChangeStatement Load()
    {
        var verb = $"LOAD {_cursor.Mark?.ToUpperInvariant()}";
        _cursor.Skip();
        while (_cursor.Mark is "low_priority" or "concurrent" or "local")
            _cursor.Skip();
        _cursor.Expect("infile");
        grammar.Literals.String();
        if (!_cursor.Accept("replace"))
            _cursor.Accept("ignore");
        _cursor.Expect("into");
        _cursor.Expect("table");
        var name = grammar.Names.Qualified();
        grammar.Froms.Partitions();
        Format();
        var load = new ChangeStatement(StatementKind.Insert, verb, new(name, null));
        if (_cursor.Is("("))
            load = load with { Columns = Columns() };
        return _cursor.Accept("set") ? load with { Assignments = grammar.Changes.Assignments() } : load;
    }

    private void Format()
    {
        grammar.Changes.FileFormat();
        if (_cursor.Accept("rows", "identified"))
        {
            _cursor.Expect("by");
            grammar.Literals.String();
        }

        if (!_cursor.Accept("ignore"))
            return;
        grammar.Primaries.Primary();
        if (!_cursor.Accept("lines"))
            _cursor.Expect("rows");
    }

    // VALUES (1, DEFAULT), (); ROW before a row says nothing.
    private Query Values()
    {
        _cursor.Skip();
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<Expression>>();
        do
        {
            _cursor.Accept("row");
            _cursor.Expect("(");
            rows.Add(_cursor.Is(")") ? [] : Row());
            _cursor.Expect(")");
        }
        while (_cursor.Accept(","));
        return new(new ValuesBody(rows.ToImmutable()));
    }

    private ImmutableArray<Expression> Row()
    {
        var row = ImmutableArray.CreateBuilder<Expression>();
        do
        {
            // MariaDB: IGNORE leaves the column as it is.
            row.Add(_cursor.Accept("ignore") ? new Literal(LiteralKind.Default, "ignore") : grammar.Expressions.Any());
        }
        while (_cursor.Accept(","));
        return row.ToImmutable();
    }

    // Columns by name, those of LOAD DATA also variables.
    private ImmutableArray<string> Columns()
    {
        var columns = ImmutableArray.CreateBuilder<string>();
        _cursor.Expect("(");
        while (!_cursor.Is(")") && !_cursor.IsAtEnd)
        {
            columns.Add(_cursor.Kind == TokenKind.UserVariable ? grammar.Primaries.UserVariable() : grammar.Names.Qualified().Name);
            if (!_cursor.Accept(","))
                break;
        }

        _cursor.Expect(")");
        return columns.ToImmutable();
    }
}
