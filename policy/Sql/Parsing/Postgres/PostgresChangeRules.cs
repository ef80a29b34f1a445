using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>INSERT, UPDATE, DELETE, MERGE.</summary>
internal sealed class PostgresChangeRules(PostgresGrammar grammar) : ChangeRules
{
    private readonly TokenCursor _cursor = grammar.Cursor;
    private ImmutableArray<Expression> _places = [];

    /// <inheritdoc/>
    public override bool IsStart() => _cursor.Mark is "insert" or "update" or "delete" or "merge";

    /// <inheritdoc/>
    public override ChangeStatement Change(With? with)
    {
        var verb = _cursor.Mark;
        _cursor.Skip();

        // A change may stand in a query of another one.
        var outer = _places;
        _places = [];
        var change = verb switch
        {
            "insert" => Insert(),
            "update" => Update(),
            "delete" => Delete(),
            _ => Merge(),
        };
        if (_cursor.Accept("returning"))
            change = change with { Returning = Returning() };
        change = change with { With = with, Places = _places };
        _places = outer;
        return change;
    }

    private ChangeStatement Insert()
    {
        _cursor.Expect("into");
        var name = grammar.Names.Qualified();
        var alias = _cursor.Accept("as") ? new Alias(grammar.Names.ColumnName(), []) : null;
        var insert = new ChangeStatement(StatementKind.Insert, "INSERT", new(name, alias));
        if (_cursor.Accept("default", "values"))
            return OnConflict(insert);
        if (_cursor.Is("(") && !grammar.Queries.IsAhead(0))
            insert = insert with { Columns = Columns() };
        if (_cursor.Accept("overriding"))
        {
            _cursor.Skip();
            _cursor.Expect("value");
        }

        return OnConflict(insert with { Source = grammar.Queries.Query() });
    }

    private ChangeStatement OnConflict(ChangeStatement insert)
    {
        if (!_cursor.Accept("on", "conflict"))
            return insert;
        var conditions = ImmutableArray.CreateBuilder<Expression>();
        if (_cursor.Accept("on", "constraint"))
        {
            grammar.Names.ColumnName();
        }
        else if (_cursor.Accept("("))
        {
            ConflictKeys(conditions);
            if (_cursor.Accept("where"))
                conditions.Add(grammar.Expressions.Any());
        }

        _cursor.Expect("do");
        if (_cursor.Accept("nothing"))
            return insert with { Conditions = conditions.ToImmutable() };
        _cursor.Expect("update");
        _cursor.Expect("set");
        var assignments = Assignments();
        if (_cursor.Accept("where"))
            conditions.Add(grammar.Expressions.Any());
        return insert with { Overwrites = true, Assignments = assignments, Conditions = conditions.ToImmutable() };
    }

    private void ConflictKeys(ImmutableArray<Expression>.Builder keys)
    {
        do
        {
            keys.Add(grammar.Expressions.Any());
            while (!_cursor.IsAtEnd && _cursor.Mark is not ("," or ")"))
                _cursor.Skip(); // an operator class or order
        }
        while (_cursor.Accept(","));
        _cursor.Expect(")");
    }

    private ChangeStatement Update()
    {
        var update = new ChangeStatement(StatementKind.Update, "UPDATE", Target());
        _cursor.Expect("set");
        update = update with { Assignments = Assignments() };
        if (_cursor.Accept("from"))
            update = update with { From = grammar.Froms.List() };
        return Where(update);
    }

    private ChangeStatement Delete()
    {
        _cursor.Expect("from");
        var delete = new ChangeStatement(StatementKind.Delete, "DELETE", Target());
        if (_cursor.Accept("using"))
            delete = delete with { From = grammar.Froms.List() };
        return Where(delete);
    }

    private ChangeStatement Where(ChangeStatement change)
    {
        if (!_cursor.Accept("where"))
            return change;
        if (_cursor.Accept("current", "of"))
        {
            grammar.Names.ColumnName();
            return change;
        }

        return change with { Conditions = [grammar.Expressions.Any()] };
    }

    private ChangeStatement Merge()
    {
        _cursor.Expect("into");
        var merge = new ChangeStatement(StatementKind.Insert, "MERGE", Target());
        _cursor.Expect("using");
        merge = merge with { From = [grammar.Froms.Item()] };
        _cursor.Expect("on");
        var conditions = ImmutableArray.CreateBuilder<Expression>();
        conditions.Add(grammar.Expressions.Any());
        var assignments = ImmutableArray.CreateBuilder<(ImmutableArray<string>, Expression)>();
        while (_cursor.Accept("when"))
            Arm(conditions, assignments);
        return merge with { Conditions = conditions.ToImmutable(), Assignments = assignments.ToImmutable() };
    }

    private void Arm(ImmutableArray<Expression>.Builder conditions, ImmutableArray<(ImmutableArray<string>, Expression)>.Builder assignments)
    {
        _cursor.Accept("not");
        _cursor.Expect("matched");
        if (_cursor.Accept("by"))
            _cursor.Skip();
        if (_cursor.Accept("and"))
            conditions.Add(grammar.Expressions.Any());
        _cursor.Expect("then");
        if (_cursor.Accept("do", "nothing") || _cursor.Accept("delete"))
            return;
        if (_cursor.Accept("update"))
        {
            _cursor.Expect("set");
            assignments.AddRange(Assignments());
            return;
        }

        _cursor.Expect("insert");
        var columns = _cursor.Is("(") ? Columns() : [];
        if (_cursor.Accept("overriding"))
        {
            _cursor.Skip();
            _cursor.Expect("value");
        }

        if (_cursor.Accept("default", "values"))
            return;
        _cursor.Expect("values");
        _cursor.Expect("(");
        assignments.Add((columns, new Form("row", grammar.Expressions.List())));
        _cursor.Expect(")");
    }

    private RelationItem Target()
    {
        var name = grammar.Froms.Relation();
        if (_cursor.Accept("as"))
            return new(name, new(grammar.Names.ColumnName(), []));
        return grammar.Names.IsColumnName() && !_cursor.Is("set") ? new(name, new(grammar.Names.ColumnName(), [])) : new(name, null);
    }

    private ImmutableArray<(ImmutableArray<string>, Expression)> Assignments()
    {
        var assignments = ImmutableArray.CreateBuilder<(ImmutableArray<string>, Expression)>();
        do
        {
            var columns = _cursor.Is("(") ? Columns() : [Column()];
            _cursor.Expect("=");
            assignments.Add((columns, grammar.Expressions.Any()));
        }
        while (_cursor.Accept(","));
        return assignments.ToImmutable();
    }

    private ImmutableArray<string> Columns()
    {
        _cursor.Expect("(");
        var columns = ImmutableArray.CreateBuilder<string>();
        do
            columns.Add(Column());
        while (_cursor.Accept(","));
        _cursor.Expect(")");
        return columns.ToImmutable();
    }

    // A column may be followed by fields and subscripts; the column is what is written.
    private string Column()
    {
        var name = grammar.Names.ColumnName();
        for (var part = grammar.Groups.Indirections(new ColumnReference([name], false)); part is Selection selection; part = selection.Operand)
            _places = _places.AddRange(selection.Subscripts);

        return name;
    }

    private ImmutableArray<Target> Returning()
    {
        // RETURNING WITH (OLD AS o, NEW AS n): other names for both rows.
        if (_cursor.Is("with", "("))
            _cursor.Fail("RETURNING WITH is not supported");
        return grammar.Selects.Targets();
    }
}
