using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>SELECT with its modifiers, INTO before FROM, WITH ROLLUP and QUALIFY.</summary>
internal sealed class MySqlSelectRules(MySqlGrammar grammar) : SelectRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override SelectBody Select()
    {
        _cursor.Expect("select");
        var isDistinct = Modifiers();
        var select = Clauses(new()
        {
            IsDistinct = isDistinct,
            Targets = Targets(),
            Destination = _cursor.Is("into") ? _grammar.Queries.Into() : null,
        });

        // What QUALIFY asks chooses rows as HAVING does.
        if (!_cursor.Accept("qualify"))
            return select;
        var condition = _grammar.Expressions.Any();
        return select with { Having = select.Having is null ? condition : new Form("and", [select.Having, condition]) };
    }

    /// <inheritdoc/>
    protected override ImmutableArray<FromItem> From()
    {
        // DUAL is no table.
        return _cursor.Accept("dual") ? [] : base.From();
    }

    /// <inheritdoc/>
    protected override ImmutableArray<Expression> GroupBy()
    {
        var keys = ImmutableArray.CreateBuilder<Expression>();
        do
        {
            keys.Add(_grammar.Expressions.Any());
            if (!_cursor.Accept("asc"))
                _cursor.Accept("desc");
        }
        while (_cursor.Accept(","));
        if (_cursor.Accept("with"))
            _cursor.Expect("rollup");
        return keys.ToImmutable();
    }

    /// <inheritdoc/>
    protected override Target Target()
    {
        var start = _cursor.Position;
        if (_cursor.Accept("*"))
            return new(new ColumnReference([], true), null);
        var value = _grammar.Expressions.Any();
        var text = MySqlHeading.Of(value, _cursor, start, _grammar.IsMariaDb);
        var label = _cursor.Accept("as") ? _grammar.Names.Label() : _grammar.Names.BareLabel();
        return new(value, MySqlHeading.OfLabel(label)) { Text = text };
    }

    // True for DISTINCT. The words come in any order.
    private bool Modifiers()
    {
        var isDistinct = false;
        while (_cursor.Kind == TokenKind.Word)
        {
            switch (_cursor.Mark)
            {
                case "distinct" or "distinctrow":
                    isDistinct = true;
                    break;
                case "all" or "high_priority" or "straight_join" or "sql_small_result" or "sql_big_result" or "sql_calc_found_rows":
                case "sql_buffer_result" or "sql_no_cache" or "sql_cache" when !IsColumn():
                    break;
                default:
                    return isDistinct;
            }

            _cursor.Skip();
        }

        return isDistinct;
    }

    // These words are not reserved; the server takes them for columns only where nothing else can begin behind them.
    private bool IsColumn() => _cursor.KindAt(1) == TokenKind.End || _cursor.MarkAt(1) is "from" or "as" or "," or ";" or ")" or ".";
}
