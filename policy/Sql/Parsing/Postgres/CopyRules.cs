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
        return new(relation, columns, null, isFrom, isStandardPlace, where) { Options = isBinary ? options.Add(new("format", "binary")) : options };
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

    private ImmutableArray<CopyOption> Options()
    {
        var options = ImmutableArray.CreateBuilder<CopyOption>();
        if (!_cursor.Accept("with"))
            _cursor.Accept("using");
        if (!_cursor.Accept("("))
        {
            while (!_cursor.IsAtEnd && !_cursor.Is(";") && !_cursor.Is("where"))
                options.Add(OldOption());
            return options.ToImmutable();
        }

        do
            options.Add(Option(grammar.Names.Part()));
        while (_cursor.Accept(","));
        _cursor.Expect(")");
        return options.ToImmutable();
    }

    // The form before 9.0: words, some with AS and a string.
    private CopyOption OldOption()
    {
        var word = grammar.Names.Part();
        switch (word)
        {
            case "binary" or "csv":
                return new("format", word);
            case "delimiter" or "delimiters" or "null" or "quote" or "escape" or "encoding":
                _cursor.Accept("as");
                return new(word == "delimiters" ? "delimiter" : word, grammar.Literals.String());
            case "force":
                var not = _cursor.Accept("not") ? "not_" : "";
                var name = $"force_{not}{grammar.Names.Part()}";
                return _cursor.Accept("*") ? new(name, null) { IsEveryColumn = true } : new(name, null) { Columns = grammar.Names.Names() };
            case "header" or "freeze":
                return new(word, null);
            default:
                _cursor.Fail("unknown option of COPY");
                return new(word, null);
        }
    }

    private CopyOption Option(string name)
    {
        if (_cursor.Is(",") || _cursor.Is(")"))
            return new(name, null);
        if (_cursor.Is("("))
            return new(name, null) { Columns = grammar.Names.List() };
        if (_cursor.Accept("*"))
            return new(name, null) { IsEveryColumn = true };
        if (grammar.Literals.IsString())
            return new(name, grammar.Literals.String());

        var value = _cursor.Mark ?? _cursor.CurrentText();
        _cursor.Skip();
        return new(name, value);
    }
}
