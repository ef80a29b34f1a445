using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>Types, as CAST, RETURNING and the columns of JSON_TABLE have them.</summary>
internal sealed class MySqlTypeRules(MySqlGrammar grammar) : TypeRules(grammar)
{
    private readonly MySqlGrammar _grammar = grammar;
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override TypeName Type()
    {
        var name = _grammar.Names.Part().ToLowerInvariant();
        while (IsAttribute() || _cursor.Is("("))
            Attribute();
        var isArray = _cursor.Accept("array");
        return new(new([name]), name, isArray);
    }

    private bool IsAttribute() => _cursor.Kind == TokenKind.Word && _cursor.Mark is
        "unsigned" or "signed" or "zerofill" or "precision" or "varying" or "character" or "charset" or "char" or "collate" or "binary" or "ascii" or
        "unicode" or "byte" or "int" or "integer" or "varchar" or "varcharacter" or "varbinary" or "text" or "blob";

    private void Attribute()
    {
        switch (_cursor.Mark)
        {
            case "(":
                Modifiers();
                break;
            case "charset" or "collate":
                _cursor.Skip();
                Part();
                break;
            case "character" or "char":
                _cursor.Skip();
                if (_cursor.Accept("set"))
                    Part();
                break;
            default:
                _cursor.Skip();
                break;
        }
    }

    /// <summary>The name of a character set or collation.</summary>
    public void Part()
    {
        if (_grammar.Literals.IsString())
            _grammar.Literals.String();
        else
            _grammar.Names.Part();
    }
}
