using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>INSERT, REPLACE, UPDATE, DELETE, LOAD DATA.</summary>
internal sealed class MySqlChangeRules(MySqlGrammar grammar) : ChangeRules
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True while values are given to columns, where VALUES(a) is a function.</summary>
    public bool IsAssigning { get; private set; }

    /// <inheritdoc/>
    public override bool IsStart() => _cursor.Mark is "insert" or "replace" or "update" or "delete"
        || (_cursor.Is("load") && _cursor.MarkAt(1) is "data" or "xml");

    /// <inheritdoc/>
    public override ChangeStatement Change(With? with)
    {
        var verb = _cursor.Mark;
        _cursor.Skip();
        while (_cursor.Mark is "low_priority" or "delayed" or "high_priority" or "ignore" || (_cursor.Is("quick") && verb == "delete"))
            _cursor.Skip();
        var change = verb switch
        {
            "insert" or "replace" => grammar.Insertions.Insert(verb.ToUpperInvariant()),
            "update" => Update(),
            "delete" => Delete(),
            _ => grammar.Insertions.Load(),
        };
        if (_cursor.Accept("returning"))
            change = change with { Returning = grammar.Selects.Targets() };
        return change with { With = with };
    }

    /// <summary><c>a = 1, t.b = DEFAULT</c>.</summary>
    public ImmutableArray<(ImmutableArray<string>, Expression)> Assignments()
    {
        IsAssigning = true;
        var assignments = ImmutableArray.CreateBuilder<(ImmutableArray<string>, Expression)>();
        do
        {
            var column = grammar.Names.Qualified().Name;
            if (!_cursor.Accept(":="))
                _cursor.Expect("=");
            assignments.Add(([column], grammar.Expressions.Any()));
        }
        while (_cursor.Accept(","));
        IsAssigning = false;
        return assignments.ToImmutable();
    }

    /// <summary>CHARACTER SET, FIELDS and LINES of a file.</summary>
    public void FileFormat()
    {
        if (_cursor.Accept("character", "set") || _cursor.Accept("char", "set") || _cursor.Accept("charset"))
            grammar.Types.Part();
        while (_cursor.Mark is "fields" or "columns" or "lines")
        {
            _cursor.Skip();
            while (_cursor.Mark is "terminated" or "optionally" or "enclosed" or "escaped" or "starting")
            {
                _cursor.Accept("optionally");
                _cursor.Skip();
                _cursor.Expect("by");
                grammar.Literals.Optional();
            }
        }
    }

    private ChangeStatement Update()
    {
        var update = Over(StatementKind.Update, "UPDATE", grammar.Froms.List());
        update = update with { Places = Portion() };
        _cursor.Expect("set");
        return Tail(update with { Assignments = Assignments() });
    }

    // DELETE FROM t ..., DELETE t, u FROM ..., DELETE FROM t, u USING ..., MariaDB: DELETE HISTORY FROM t
    private ChangeStatement Delete()
    {
        if (_cursor.Is("history", "from"))
            _cursor.Skip();
        var isFrom = _cursor.Accept("from");
        if (isFrom && !IsList())
        {
            var table = grammar.Froms.Table();
            var places = Portion();
            if (!_cursor.Accept("using"))
                return Tail(new(StatementKind.Delete, "DELETE", table) { Places = places });
            return Tail(Over(StatementKind.Delete, "DELETE", grammar.Froms.List()));
        }

        do
        {
            grammar.Names.Qualified();
            if (_cursor.Accept("."))
                _cursor.Expect("*");
        }
        while (_cursor.Accept(","));
        _cursor.Expect(isFrom ? "using" : "from");
        return Tail(Over(StatementKind.Delete, "DELETE", grammar.Froms.List()));
    }

    // Several targets, or one with a star.
    private bool IsList()
    {
        var ahead = _cursor.Is(".") ? 1 : 0;
        while (_cursor.MarkAt(ahead + 1) == "." && _cursor.MarkAt(ahead + 2) != "*")
            ahead += 2;
        return _cursor.MarkAt(ahead + 1) is "," or ".";
    }

    // One table is the target; of several, each may be one.
    private static ChangeStatement Over(StatementKind kind, string verb, ImmutableArray<FromItem> tables) =>
        tables is [RelationItem single] ? new(kind, verb, single) : new(kind, verb, tables.Select(First).OfType<RelationItem>().FirstOrDefault() ?? NoTable)
        {
            Joined = tables,
        };

    private static RelationItem NoTable { get; } = new(new([""]), null);

    private static RelationItem? First(FromItem item) => item switch
    {
        RelationItem relation => relation,
        JoinItem join => First(join.Left) ?? First(join.Right),
        _ => null,
    };

    // FOR PORTION OF p FROM a TO b: rows that reach beyond either end are cut there.
    private ImmutableArray<Expression> Portion()
    {
        if (!_cursor.Accept("for", "portion"))
            return [];
        _cursor.Expect("of");
        grammar.Names.Part();
        _cursor.Expect("from");
        var from = grammar.Expressions.Any();
        _cursor.Expect("to");
        return [from, grammar.Expressions.Any()];
    }

    private ChangeStatement Tail(ChangeStatement change)
    {
        if (_cursor.Accept("before", "system_time"))
            change = change with { Conditions = [grammar.Expressions.Any()] };
        if (_cursor.Accept("where"))
            change = change with { Conditions = [grammar.Expressions.Any()] };
        if (_cursor.Is("order"))
            change = change with { Order = grammar.Windows.OrderBy() };
        if (_cursor.Accept("limit"))
        {
            grammar.Primaries.Primary();
            if (_cursor.Accept(","))
                grammar.Primaries.Primary();
        }

        return change;
    }
}
