namespace JitProxy.Policy.Sql;

/// <summary>What a <see cref="Token"/> is, after the server's scanner rules (PostgreSQL: section 4.1, scan.l; MySQL: sql_lex.cc).</summary>
public enum TokenKind : byte
{
    /// <summary>The end of the text; also the default value.</summary>
    End = 0,

    /// <summary>An unquoted identifier or a keyword. PostgreSQL's fold to lower case, those of MySQL only where they are keywords.</summary>
    Word,

    /// <summary>A quoted identifier, <c>"Name"</c> or <c>`Name`</c>: kept as written.</summary>
    QuotedName,

    /// <summary><c>U&amp;"..."</c>.</summary>
    UnicodeName,

    /// <summary>A plain string, <c>'...'</c>, of MySQL <c>"..."</c>, too. PostgreSQL's continuations across a newline belong to the same token.</summary>
    String,

    /// <summary><c>E'...'</c>.</summary>
    EscapeString,

    /// <summary><c>U&amp;'...'</c>.</summary>
    UnicodeString,

    /// <summary><c>B'...'</c>; MySQL: <c>0b01</c>, too.</summary>
    BitString,

    /// <summary><c>X'...'</c>; MySQL: <c>0x1F</c>, too.</summary>
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

    /// <summary>Operator characters, or the server's fixed operators such as <c>::</c>, <c>..</c>, <c>:=</c>, <c>=&gt;</c>, <c>@@</c>.</summary>
    Operator,

    /// <summary>One of <c>( ) [ ] { } , ; : .</c> standing alone.</summary>
    Punctuation,

    /// <summary>An optimizer hint, <c>/*+ ... */</c>; the lexer passes it over unless asked to give hints.</summary>
    Hint,

    /// <summary>MySQL: an unquoted identifier that is a name even if spelt like a keyword: <c>order</c> in <c>t.order</c>, and behind <c>@@</c>.</summary>
    Name,

    /// <summary>MySQL: <c>@name</c>, <c>@'name'</c>, <c>@`name`</c>; also the host of an account.</summary>
    UserVariable,

    /// <summary>MySQL, in normal forms only: the parenthesis right behind an unquoted name. It makes a function of <c>count</c>.</summary>
    CallOpening,
}
