using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Names with Unicode escapes, and operators with a schema.</summary>
internal sealed class PostgresNameRules(PostgresGrammar grammar) : NameRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>A symbol, or <c>OPERATOR(schema.symbol)</c>.</summary>
    public override QualifiedName Operator()
    {
        if (!_cursor.Accept("operator", "("))
            return new([Symbol()]);

        var parts = ImmutableArray.CreateBuilder<string>(2);
        while (_cursor.Kind != TokenKind.Operator && !_cursor.IsAtEnd)
        {
            parts.Add(Part());
            _cursor.Expect(".");
        }

        parts.Add(Symbol());
        _cursor.Expect(")");
        return new(parts.ToImmutable());
    }

    /// <inheritdoc/>
    protected override string AnyName()
    {
        var name = _cursor.Kind switch
        {
            TokenKind.Word => _cursor.Mark!,
            TokenKind.QuotedName => TokenText.Unquote(_cursor.CurrentBytes),
            _ => null,
        };
        if (name is null)
            return UnicodeName();
        _cursor.Skip();
        return name;
    }

    private string Symbol()
    {
        var symbol = _cursor.Mark;
        if (_cursor.Kind == TokenKind.Operator)
            _cursor.Skip();
        else
            _cursor.Fail("expected an operator");

        // The server's scanner writes it like this, and looks it up so.
        return symbol == "!=" ? "<>" : symbol ?? "";
    }

    private string UnicodeName()
    {
        var body = TokenText.Decode(_cursor.CurrentBytes[3..^1]).Replace("\"\"", "\"", StringComparison.Ordinal);
        _cursor.Skip();
        var name = TokenText.Unescape(body, _grammar.Literals.OptionalEscape());
        if (name is null)
            _cursor.Fail("bad Unicode escape");
        return TokenText.CutName(name ?? "");
    }
}
