namespace JitProxy.Policy.Sql;

/// <summary>Why a text cannot be read as tokens. Such a text is refused: nothing is looked up, nothing goes upstream.</summary>
public enum TextFault : byte
{
    /// <summary>The text was read to its end.</summary>
    None = 0,

    /// <summary>There is no lexer for the server's language.</summary>
    DialectNotSupported,

    /// <summary>The text, or the tag of a dollar-quoted string, is longer than JitProxy reads.</summary>
    TooLarge,

    /// <summary>Comments are nested deeper than JitProxy reads.</summary>
    TooDeep,

    /// <summary>Runs of comment openings or operator characters that a server's scanner would need quadratic time for.</summary>
    TooCostly,

    /// <summary>A NUL byte: the server would stop reading there.</summary>
    Nul,

    /// <summary>Bytes that are not UTF-8; overlong forms and surrogates are not.</summary>
    InvalidUtf8,

    /// <summary>A string that does not end.</summary>
    UnterminatedString,

    /// <summary>A block comment that does not end.</summary>
    UnterminatedComment,

    /// <summary>A quoted identifier that does not end.</summary>
    UnterminatedName,

    /// <summary>A quoted identifier without a character in it.</summary>
    EmptyName,

    /// <summary>A byte that begins no token, or does so in some versions of the server only (a vertical tab).</summary>
    BadCharacter,

    /// <summary>A number with something behind it that versions of the server read differently, such as <c>1_000</c>, <c>0x1F</c>, <c>12ab</c>.</summary>
    BadNumber,

    /// <summary>A parameter outside <c>$1</c> to <c>$65535</c>, or one with letters behind it.</summary>
    BadParameter,

    /// <summary>A backslash sequence in <c>E'...'</c> that the server refuses, or one that makes invalid UTF-8.</summary>
    BadEscape,

    /// <summary>An operator longer than PostgreSQL's 63 bytes; comparison signs in a row that MySQL has no operator for.</summary>
    BadOperator,

    /// <summary><c>/*! ... */</c> or <c>/*M! ... */</c>: what stands in it runs on some servers and is a comment for others.</summary>
    ExecutableComment,

    /// <summary>An optimizer hint with an open quote at its end, which the server may read further, or one that a comment in front of it turns off.</summary>
    BadHint,
}

/// <summary>Words for people.</summary>
public static class TextFaultWords
{
    /// <summary>The fault as the end of a sentence that begins "the statement ...".</summary>
    public static string Describe(this TextFault fault) => fault switch
    {
        TextFault.None => "is readable",
        TextFault.DialectNotSupported => "is in a dialect that is not supported",
        TextFault.TooLarge => "is too long to read",
        TextFault.TooDeep => "has comments nested too deeply",
        TextFault.TooCostly => "has too many comment openings or operator characters in a row",
        TextFault.Nul => "contains a NUL byte",
        TextFault.InvalidUtf8 => "is not valid UTF-8",
        TextFault.UnterminatedString => "has a string without an end",
        TextFault.UnterminatedComment => "has a comment without an end",
        TextFault.UnterminatedName => "has a quoted identifier without an end",
        TextFault.EmptyName => "has an empty quoted identifier",
        TextFault.BadCharacter => "has a character that begins no token",
        TextFault.BadNumber => "has a number followed by letters or an underscore",
        TextFault.BadParameter => "has a parameter that is not one of $1 to $65535, or has letters behind it",
        TextFault.BadEscape => "has an escape that the server does not take",
        TextFault.BadOperator => "has an operator that is too long or that the server does not know",
        TextFault.ExecutableComment => "has an executable comment, which not every server runs",
        TextFault.BadHint => "has an optimizer hint that versions of the server read differently, or behind a comment",
    };
}
