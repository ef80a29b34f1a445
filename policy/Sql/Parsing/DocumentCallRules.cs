using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>The grammar's own functions over XML and JSON (SQL/XML; SQL/JSON of PostgreSQL 16 and later).</summary>
/// <remarks>
/// What such a function returns depends on its operands alone, so the rules collect those and step over the words between them.
/// The JSON names are ordinary function names on an older server, whose calls have the same operands.
/// </remarks>
internal sealed class DocumentCallRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>Such a function, if one begins here.</summary>
    public Expression? Optional()
    {
        switch (_cursor.Mark)
        {
            case "xmlconcat" or "xmlelement" or "xmlforest" or "xmlparse" or "xmlpi" or "xmlroot" or "xmlserialize" or "xmlexists":
                return new Form(_cursor.Mark!, Operands());
            case "json" or "json_array" or "json_exists" or "json_query" or "json_scalar" or "json_serialize" or "json_value"
                or "json_object" or "json_arrayagg" or "json_objectagg":
                var name = _cursor.Mark!;
                return grammar.Primaries.Indirections(grammar.Calls.After(new(new([name]), Operands())));
            case "merge_action":
                return new Form("merge_action", Operands());
            default:
                return null;
        }
    }

    /// <summary>[WITH | WITHOUT] UNIQUE [KEYS].</summary>
    public void OptionalUniqueKeys()
    {
        if (_cursor.Mark is not ("with" or "without") || _cursor.MarkAt(1) != "unique")
            return;
        _cursor.Skip();
        _cursor.Skip();
        _cursor.Accept("keys");
    }

    /// <summary>The operands between the parentheses, whatever words separate them.</summary>
    public ImmutableArray<Expression> Operands()
    {
        _cursor.Skip();
        if (!_cursor.TryEnter())
            return [];
        _cursor.Expect("(");
        var operands = ImmutableArray.CreateBuilder<Expression>();
        while (!_cursor.IsAtEnd && !_cursor.Is(")"))
            Part(operands);
        _cursor.Expect(")");
        _cursor.Leave();
        return operands.ToImmutable();
    }

    /// <summary>One operand, or one of the words and marks between operands.</summary>
    public void Part(ImmutableArray<Expression>.Builder operands)
    {
        switch (_cursor.Mark)
        {
            case "," or ":" or "content" or "document" or "passing" or "format" or "indent" or "strip" or "preserve" or "standalone" or "yes" or "no"
                or "value" or "keys" or "unique" or "absent" or "on" or "with" or "without" or "wrapper" or "conditional" or "unconditional"
                or "quotes" or "omit" or "keep" or "scalar" or "string" or "error" or "empty" or "returning" or "encoding" or "by" or "ref"
                or "whitespace" or "version" or "name" or "all" or "distinct" or "object" or "key" or "type"
                when IsSeparator():
                Separator();
                break;
            case "null" when _cursor.MarkAt(1) == "on":
                _cursor.Skip();
                break;
            case "order":
                foreach (var key in grammar.Windows.OrderBy())
                    operands.Add(key.Key);
                break;
            case "as":
                _cursor.Skip();
                Alias();
                break;
            case "xmlattributes" when _cursor.MarkAt(1) == "(":
                operands.AddRange(Operands());
                break;
            default:
                operands.Add(grammar.Expressions.Any());
                break;
        }
    }

    // A word of the syntax may also be a column: it is one if an operator, a point, an argument list or the end of the operand follows.
    private bool IsSeparator() => _cursor.Mark is "," or ":" or "on" or "with" or "all" or "distinct" or "returning"
        || (_cursor.KindAt(1) is not TokenKind.Operator && _cursor.MarkAt(1) is not ("." or "(" or ":" or "as" or "passing"))
        || (_cursor.Mark is "content" or "document" or "value" && _cursor.KindAt(1) is not TokenKind.Operator && _cursor.MarkAt(1) is not ("." or ","));

    private void Separator()
    {
        var word = _cursor.Mark;
        _cursor.Skip();
        if (word == "returning")
            grammar.Types.Type();
        else if (word == "name" && _cursor.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName)
            grammar.Names.Label();
    }

    // AS names an attribute or, in XMLSERIALIZE, a type; neither is an operand.
    private void Alias()
    {
        if (grammar.Types.IsStandard())
            grammar.Types.Type();
        else
            grammar.Names.QualifiedLabel();
    }
}
