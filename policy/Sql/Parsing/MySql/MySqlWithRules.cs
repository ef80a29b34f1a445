using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>WITH and MariaDB's CYCLE, which adds no column.</summary>
internal sealed class MySqlWithRules(MySqlGrammar grammar) : WithRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    protected override ImmutableArray<string> Added()
    {
        if (_cursor.Accept("cycle"))
        {
            _grammar.Names.Names();
            _cursor.Expect("restrict");
        }

        return [];
    }
}
