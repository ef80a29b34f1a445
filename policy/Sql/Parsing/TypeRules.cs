using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Types as written.</summary>
internal abstract class TypeRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>A type.</summary>
    public abstract TypeName Type();

    /// <summary>What stands in parentheses after a type. These are constants or words: no expression that could read anything has a place there.</summary>
    protected void Modifiers()
    {
        if (!_cursor.Accept("("))
            return;
        while (!_cursor.IsAtEnd && !_cursor.Is(")"))
        {
            if (_cursor.Is("("))
                _cursor.Fail("expected a constant type modifier");
            _cursor.Skip();
        }

        _cursor.Expect(")");
    }
}
