using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>COPY.</summary>
internal sealed class CopyRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>COPY.</summary>
    public CopyStatement Copy()
    {
        _cursor.Expect("copy");
        if (_cursor.Accept("("))
        {
            var inner = grammar.Statements.Preparable();
            _cursor.Expect(")");
            _cursor.Expect("to");
            var isStandard = Place();
            Options();
            return new(null, default, inner, false, isStandard, null);
        }

        _cursor.Accept("binary");
        var relation = grammar.Names.Qualified();
        var columns = grammar.Names.OptionalList();
        var isFrom = _cursor.Accept("from");
        if (!isFrom)
            _cursor.Expect("to");
        var isStandardPlace = Place();
        Options();
        var where = _cursor.Accept("where") ? grammar.Expressions.Any() : null;
        return new(relation, columns, null, isFrom, isStandardPlace, where);
    }

    // STDIN after TO and STDOUT after FROM are legal and mean the same place.
    private bool Place()
    {
        if (_cursor.Accept("stdin") || _cursor.Accept("stdout"))
            return true;
        _cursor.Accept("program");
        grammar.Literals.String();
        return false;
    }

    // Options are words and constants, in parentheses or in the old form without.
    private void Options()
    {
        _cursor.Accept("using");
        var depth = 0;
        while (!_cursor.IsAtEnd && !_cursor.Is(";") && !(depth == 0 && _cursor.Is("where")))
        {
            depth += _cursor.Is("(") ? 1 : _cursor.Is(")") ? -1 : 0;
            if (depth < 0)
                _cursor.Fail("unexpected )");
            _cursor.Skip();
        }

        if (depth != 0)
            _cursor.Fail("expected )");
    }
}
