namespace JitProxy.Policy.Sql;

/// <summary>
/// The settings of a MySQL or MariaDB session (<c>sql_mode</c>) that decide how a text is cut into tokens, or what an operator means. PostgreSQL has none
/// that may change.
/// </summary>
[Flags]
public enum LexicalModes : byte
{
    /// <summary>The server's defaults.</summary>
    None = 0,

    /// <summary><c>NO_BACKSLASH_ESCAPES</c>: a backslash in a string is a backslash.</summary>
    NoBackslashEscapes = 1,

    /// <summary><c>ANSI_QUOTES</c>: double quotes hold names, not strings.</summary>
    AnsiQuotes = 2,

    /// <summary><c>IGNORE_SPACE</c>: blanks may stand between a built-in function's name and its parenthesis.</summary>
    IgnoreSpace = 4,

    /// <summary><c>HIGH_NOT_PRECEDENCE</c>: NOT binds as strongly as <c>!</c>.</summary>
    HighNotPrecedence = 8,

    /// <summary><c>PIPES_AS_CONCAT</c>: <c>||</c> joins strings.</summary>
    PipesAsConcat = 16,
}
