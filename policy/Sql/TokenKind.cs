namespace JitProxy.Policy.Sql;

/// <summary>What a <see cref="Token"/> is, after the server's scanner rules (PostgreSQL: section 4.1, scan.l).</summary>
public enum TokenKind : byte
{
    /// <summary>The end of the text; also the default value.</summary>
    End = 0,

    /// <summary>An unquoted identifier or a keyword: it folds to lower case.</summary>
    Word,

    /// <summary>A quoted identifier, <c>"Name"</c>: kept as written.</summary>
    QuotedName,

    /// <summary><c>U&amp;"..."</c>.</summary>
    UnicodeName,

    /// <summary>A plain string, <c>'...'</c>; continuations across a newline belong to the same token.</summary>
    String,

    /// <summary><c>E'...'</c>.</summary>
    EscapeString,

    /// <summary><c>U&amp;'...'</c>.</summary>
    UnicodeString,

    /// <summary><c>B'...'</c>.</summary>
    BitString,

    /// <summary><c>X'...'</c>.</summary>
    HexString,

    /// <summary><c>N'...'</c>.</summary>
    NationalString,

    /// <summary><c>$tag$...$tag$</c>.</summary>
    DollarString,

    /// <summary>A numeric literal without point or exponent.</summary>
    Integer,

    /// <summary>A numeric literal with point or exponent.</summary>
    Decimal,

    /// <summary><c>$1</c> or <c>?</c>.</summary>
    Parameter,

    /// <summary>An operator made of operator characters, or the server's fixed ones such as <c>::</c>, <c>..</c>, <c>:=</c>, <c>=&gt;</c>.</summary>
    Operator,

    /// <summary>One of <c>( ) [ ] , ; : .</c> standing alone.</summary>
    Punctuation,

    /// <summary>An optimizer hint, <c>/*+ ... */</c>; the lexer passes it over unless asked to give hints.</summary>
    Hint,
}
