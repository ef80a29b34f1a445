using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>WITH with MATERIALIZED, SEARCH and CYCLE.</summary>
internal sealed class PostgresWithRules(PostgresGrammar grammar) : WithRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    protected override void Hint()
    {
        if (_cursor.Accept("not"))
            _cursor.Expect("materialized");
        else
            _cursor.Accept("materialized");
    }

    /// <inheritdoc/>
    protected override ImmutableArray<string> Added()
    {
        var added = ImmutableArray.CreateBuilder<string>();
        if (_cursor.Accept("search"))
            Search(added);
        if (_cursor.Accept("cycle"))
            Cycle(added);
        return added.ToImmutable();
    }

    private void Search(ImmutableArray<string>.Builder added)
    {
        if (!_cursor.Accept("depth"))
            _cursor.Expect("breadth");
        _cursor.Expect("first");
        _cursor.Expect("by");
        _grammar.Names.Names();
        _cursor.Expect("set");
        added.Add(_grammar.Names.ColumnName());
    }

    private void Cycle(ImmutableArray<string>.Builder added)
    {
        _grammar.Names.Names();
        _cursor.Expect("set");
        added.Add(_grammar.Names.ColumnName());
        if (_cursor.Accept("to"))
        {
            _grammar.Primaries.Primary();
            _cursor.Expect("default");
            _grammar.Primaries.Primary();
        }

        _cursor.Expect("using");
        added.Add(_grammar.Names.ColumnName());
    }
}
