using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Arguments by name.</summary>
internal sealed class PostgresCallRules(PostgresGrammar grammar) : CallRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    protected override Expression Argument()
    {
        _cursor.Accept("variadic");
        if (_cursor.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName && _cursor.MarkAt(1) is ":=" or "=>")
        {
            _grammar.Names.Part();
            _cursor.Skip();
        }

        return _grammar.Expressions.Any();
    }
}
