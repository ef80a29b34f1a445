using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Names: which words may stand where, qualified names, lists of names.</summary>
internal sealed class NameRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if the current token may name a column or table.</summary>
    public bool IsColumnName() => IsColumnNameAt(0);

    /// <summary>As <see cref="IsColumnName"/>, some tokens on.</summary>
    public bool IsColumnNameAt(int ahead) => _cursor.KindAt(ahead) switch
    {
        TokenKind.QuotedName or TokenKind.UnicodeName => true,
        TokenKind.Word => Keywords.IsColumnName(_cursor.MarkAt(ahead)!),
        _ => false,
    };

    /// <summary>A name of a column or table.</summary>
    public string ColumnName()
    {
        if (IsColumnName())
            return AnyName();
        _cursor.Fail("expected a name");
        return "";
    }

    /// <summary>A label after AS, or a part of a name after a point: any word.</summary>
    public string Label()
    {
        if (_cursor.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName)
            return AnyName();
        _cursor.Fail("expected a name");
        return "";
    }

    /// <summary>A column's label without AS, if there is one.</summary>
    public string? BareLabel() => _cursor.Kind switch
    {
        TokenKind.QuotedName or TokenKind.UnicodeName => AnyName(),
        TokenKind.Word when Keywords.IsBareLabel(_cursor.Mark!) => AnyName(),
        _ => null,
    };

    /// <summary>A name of one to four parts.</summary>
    public QualifiedName Qualified() => Continue(ColumnName());

    /// <summary>A name whose first part is any word.</summary>
    public QualifiedName QualifiedLabel() => Continue(Label());

    /// <summary>The parts after the first.</summary>
    public QualifiedName Continue(string first)
    {
        var parts = ImmutableArray.CreateBuilder<string>(2);
        parts.Add(first);
        while (_cursor.Is(".") && _cursor.MarkAt(1) != "*")
        {
            _cursor.Skip();
            parts.Add(Label());
        }

        return new(parts.ToImmutable());
    }

    /// <summary><c>(a, b, c)</c>, if there is one; default if not.</summary>
    public ImmutableArray<string> OptionalList() => _cursor.Is("(") ? List() : default;

    /// <summary><c>(a, b, c)</c>.</summary>
    public ImmutableArray<string> List()
    {
        _cursor.Expect("(");
        var names = Names();
        _cursor.Expect(")");
        return names;
    }

    /// <summary><c>a, b, c</c>.</summary>
    public ImmutableArray<string> Names()
    {
        var names = ImmutableArray.CreateBuilder<string>();
        do
            names.Add(ColumnName());
        while (_cursor.Accept(","));
        return names.ToImmutable();
    }

    /// <summary>An operator: a symbol, or <c>OPERATOR(schema.symbol)</c>.</summary>
    public QualifiedName Operator()
    {
        if (_cursor.Is("operator", "("))
        {
            _cursor.Skip();
            _cursor.Skip();
            var parts = ImmutableArray.CreateBuilder<string>(2);
            while (_cursor.Kind != TokenKind.Operator && !_cursor.IsAtEnd)
            {
                parts.Add(Label());
                _cursor.Expect(".");
            }

            parts.Add(Symbol());
            _cursor.Expect(")");
            return new(parts.ToImmutable());
        }

        return new([Symbol()]);
    }

    private string Symbol()
    {
        var symbol = _cursor.Mark;
        if (_cursor.Kind == TokenKind.Operator)
            _cursor.Skip();
        else
            _cursor.Fail("expected an operator");
        return symbol ?? "";
    }

    private string AnyName()
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

    private string UnicodeName()
    {
        var body = TokenText.Decode(_cursor.CurrentBytes[3..^1]).Replace("\"\"", "\"", StringComparison.Ordinal);
        _cursor.Skip();
        var name = TokenText.Unescape(body, grammar.Literals.OptionalEscape());
        if (name is null)
            _cursor.Fail("bad Unicode escape");
        return TokenText.CutName(name ?? "");
    }
}
