using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Types as written: the standard's spellings, names, modifiers, arrays.</summary>
internal sealed class PostgresTypeRules(PostgresGrammar grammar) : TypeRules(grammar)
{
    private readonly PostgresGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if the current token begins a type in the standard's spelling.</summary>
    public bool IsStandard() => _cursor.Mark is
        "int" or "integer" or "smallint" or "bigint" or "real" or "float" or "decimal" or "dec" or "numeric" or "boolean" or "bit" or "character" or "char"
        or "varchar" or "nchar" or "national" or "timestamp" or "time" or "interval" || _cursor.Is("double", "precision");

    /// <inheritdoc/>
    public override TypeName Type()
    {
        _cursor.Accept("setof");
        var (name, label) = IsStandard() ? Standard() : Named();
        var isArray = false;
        if (_cursor.Accept("array"))
        {
            isArray = true;
            if (_cursor.Is("["))
                Bounds();
        }

        while (_cursor.Is("["))
        {
            isArray = true;
            Bounds();
        }

        return new(name, label, isArray);
    }

    private void Bounds()
    {
        _cursor.Expect("[");
        if (_cursor.Kind == TokenKind.Integer)
            _cursor.Skip();
        _cursor.Expect("]");
    }

    private (QualifiedName Name, string Label) Named()
    {
        var name = _grammar.Names.QualifiedLabel();
        if (_cursor.Accept("%"))
            _cursor.Expect("type");
        Modifiers();
        return (name, name.Name);
    }

    // The label is the server's own name of the type: it names the column of a cast.
    private (QualifiedName Name, string Label) Standard()
    {
        var word = _cursor.Mark!;
        _cursor.Skip();
        var label = word switch
        {
            "int" or "integer" => "int4",
            "smallint" => "int2",
            "bigint" => "int8",
            "real" => "float4",
            "decimal" or "dec" or "numeric" => WithModifiers("numeric"),
            "boolean" => "bool",
            "double" => Double(),
            "float" => Float(),
            "bit" => Bit(),
            "varchar" => WithModifiers("varchar"),
            "timestamp" => Zone("timestamp"),
            "time" => Zone("time"),
            "interval" => Interval(),
            _ => Character(word),
        };
        return (new([label]), label);
    }

    private string Double()
    {
        _cursor.Expect("precision");
        return "float8";
    }

    private string Float()
    {
        if (!_cursor.Is("("))
            return "float8";
        var isSingle = _cursor.KindAt(1) == TokenKind.Integer && _cursor.MarkAt(2) == ")" && IsSmall(1);
        Modifiers();
        return isSingle ? "float4" : "float8";
    }

    private bool IsSmall(int ahead)
    {
        var here = _cursor.Position;
        for (var i = 0; i < ahead; i++)
            _cursor.Skip();
        var isSmall = int.TryParse(_cursor.CurrentText(), out var digits) && digits <= 24;
        _cursor.ReturnTo(here);
        return isSmall;
    }

    private string Bit() => WithModifiers(_cursor.Accept("varying") ? "varbit" : "bit");

    private string Character(string word)
    {
        if (word == "national" && !_cursor.Accept("character"))
            _cursor.Expect("char");
        return WithModifiers(_cursor.Accept("varying") ? "varchar" : "bpchar");
    }

    private string Zone(string name)
    {
        Modifiers();
        if (_cursor.Is("with", "time") || _cursor.Is("without", "time"))
        {
            var isWith = _cursor.Is("with");
            _cursor.Skip();
            _cursor.Skip();
            _cursor.Expect("zone");
            return isWith ? name + "tz" : name;
        }

        return name;
    }

    private string Interval()
    {
        Modifiers();
        IntervalFields();
        return "interval";
    }

    /// <summary><c>YEAR TO MONTH</c> and its like, if there is one.</summary>
    public void IntervalFields()
    {
        if (!IsIntervalField())
            return;
        _cursor.Skip();
        Modifiers();
        if (_cursor.Is("to"))
        {
            _cursor.Skip();
            if (!IsIntervalField())
                _cursor.Fail("expected a field of an interval");
            _cursor.Skip();
            Modifiers();
        }
    }

    private bool IsIntervalField() => _cursor.Mark is "year" or "month" or "day" or "hour" or "minute" or "second";

    private string WithModifiers(string name)
    {
        Modifiers();
        return name;
    }
}
