using System.Collections.Immutable;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Names: which words may stand where, qualified names, lists of names.</summary>
internal abstract class NameRules(Grammar grammar)
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <summary>True if the current token may name a column or table.</summary>
    public bool IsColumnName() => IsColumnNameAt(0);

    /// <summary>As <see cref="IsColumnName"/>, some tokens on.</summary>
    public bool IsColumnNameAt(int ahead) => _cursor.KindAt(ahead) switch
    {
        TokenKind.QuotedName or TokenKind.UnicodeName or TokenKind.Name => true,
        TokenKind.Word => grammar.Keywords.IsColumnName(_cursor.MarkAt(ahead)!),
        _ => false,
    };

    /// <summary>True if the current token may be what a table is called in FROM.</summary>
    public bool IsAlias() => IsColumnName() && (_cursor.Kind != TokenKind.Word || grammar.Keywords.IsAlias(_cursor.Mark!));

    /// <summary>A name of a column or table.</summary>
    public string ColumnName()
    {
        if (IsColumnName())
            return AnyName();
        _cursor.Fail("expected a name");
        return "";
    }

    /// <summary>True if the current token may be part of a name, whatever it may stand for elsewhere.</summary>
    public bool IsPart() => _cursor.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName or TokenKind.Name;

    /// <summary>A part of a name after a point: any word.</summary>
    public string Part()
    {
        if (IsPart())
            return AnyName();
        _cursor.Fail("expected a name");
        return "";
    }

    /// <summary>A column's label after AS.</summary>
    public virtual string Label() => Part();

    /// <summary>A column's label without AS, if there is one.</summary>
    public virtual string? BareLabel() => _cursor.Kind switch
    {
        TokenKind.QuotedName or TokenKind.UnicodeName or TokenKind.Name => AnyName(),
        TokenKind.Word when grammar.Keywords.IsBareLabel(_cursor.Mark!) => AnyName(),
        _ => null,
    };

    /// <summary>A name of one to four parts.</summary>
    public virtual QualifiedName Qualified() => Continue(ColumnName());

    /// <summary>A name whose first part is any word.</summary>
    public QualifiedName QualifiedLabel() => Continue(Part());

    /// <summary>The parts after the first.</summary>
    public QualifiedName Continue(string first)
    {
        var parts = ImmutableArray.CreateBuilder<string>(2);
        parts.Add(first);
        while (_cursor.Is(".") && _cursor.MarkAt(1) != "*")
        {
            _cursor.Skip();
            parts.Add(Part());
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

    /// <summary>An operator.</summary>
    public abstract QualifiedName Operator();

    /// <summary>The name that the current token is, whatever it may stand for.</summary>
    protected abstract string AnyName();
}
