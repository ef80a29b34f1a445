using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>COPY.</summary>
internal sealed class CopyRules(PostgresGrammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>COPY.</summary>
    public CopyStatement Copy()
    {
        _cursor.Expect("copy");
        if (_cursor.Accept("("))
        {
            var start = _cursor.Current.Start;
            var inner = grammar.Statements.Preparable();
            var end = _cursor.Current.Start;
            _cursor.Expect(")");
            _cursor.Expect("to");
            var isStandard = Place();
            return new(null, default, inner, false, isStandard, null) { InnerText = start..end, Options = Options() };
        }

        var isBinary = _cursor.Accept("binary");
        var relation = grammar.Names.Qualified();
        var columns = grammar.Names.OptionalList();
        var isFrom = _cursor.Accept("from");
        if (!isFrom)
            _cursor.Expect("to");
        var isStandardPlace = Place();
        var options = Options();
        var where = _cursor.Accept("where") ? grammar.Expressions.Any() : null;
        return new(relation, columns, null, isFrom, isStandardPlace, where) { Options = isBinary ? options.Add(("format", "binary")) : options };
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

    private ImmutableArray<(string, string?)> Options()
    {
        var options = ImmutableArray.CreateBuilder<(string, string?)>();
        if (!_cursor.Accept("with"))
            _cursor.Accept("using");
        if (!_cursor.Accept("("))
        {
            while (!_cursor.IsAtEnd && !_cursor.Is(";") && !_cursor.Is("where"))
                options.Add(OldOption());
            return options.ToImmutable();
        }

        do
            options.Add((grammar.Names.Part(), _cursor.Is(",") || _cursor.Is(")") ? null : Value()));
        while (_cursor.Accept(","));
        _cursor.Expect(")");
        return options.ToImmutable();
    }

    // The form before 9.0: words, some with AS and a string.
    private (string, string?) OldOption()
    {
        var word = grammar.Names.Part();
        switch (word)
        {
            case "binary" or "csv":
                return ("format", word);
            case "delimiter" or "delimiters" or "null" or "quote" or "escape" or "encoding":
                _cursor.Accept("as");
                return (word == "delimiters" ? "delimiter" : word, grammar.Literals.String());
            case "force":
                var not = _cursor.Accept("not") ? "not_" : "";
                return ($"force_{not}{grammar.Names.Part()}", _cursor.Accept("*") ? "*" : string.Join(',', grammar.Names.Names()));
            case "header" or "freeze":
                return (word, null);
            default:
                _cursor.Fail("unknown option of COPY");
                return (word, null);
        }
    }

    private string Value()
    {
        if (_cursor.Is("("))
            return string.Join(',', grammar.Names.List());
        if (_cursor.Accept("*"))
            return "*";
        if (grammar.Literals.IsString())
            return grammar.Literals.String();
        var value = _cursor.Mark ?? _cursor.CurrentText();
        _cursor.Skip();
        return value;
    }
}
