namespace JitProxy.Policy.Sql;

/// <summary>What a token that begins with a certain byte can be.</summary>
internal enum MySqlLead : byte
{
    /// <summary>No token begins so, or only in some versions of the server (a dollar).</summary>
    Bad = 0,

    /// <summary>Blanks, a vertical tab among them.</summary>
    Blank,

    /// <summary>Identifier or keyword.</summary>
    Word,

    /// <summary>Identifier or keyword, or the prefix of a literal.</summary>
    Prefix,

    /// <summary>Number, or an identifier that begins with a digit.</summary>
    Digit,

    /// <summary>String.</summary>
    Quote,

    /// <summary>String, or with ANSI_QUOTES a quoted identifier.</summary>
    DoubleQuote,

    /// <summary>Quoted identifier.</summary>
    Backtick,

    /// <summary>Comment to the end of the line.</summary>
    Hash,

    /// <summary>User variable or system variable.</summary>
    At,

    /// <summary>Point or number.</summary>
    Dot,

    /// <summary>Colon or assignment.</summary>
    Colon,

    /// <summary>Parameter.</summary>
    Parameter,

    /// <summary>Operator or comment.</summary>
    Operator,

    /// <summary>A token of its own.</summary>
    Punctuation,
}

/// <summary>The character classes of MySQL's and MariaDB's scanner, by byte of UTF-8 text.</summary>
internal static class MySqlCharacters
{
    private static readonly MySqlLead[] Leads = MakeLeads();
    private static readonly bool[] WordParts = MakeWordParts();

    /// <summary>What begins with this byte.</summary>
    public static MySqlLead LeadOf(byte value) => Leads[value];

    /// <summary>
    /// True for letters, digits, underscore, dollar and the bytes of characters up to U+FFFF. The server has no place for other characters in names.
    /// </summary>
    public static bool ContinuesWord(byte value) => WordParts[value];

    /// <summary>True if the byte at this offset is there and continues a word.</summary>
    public static bool ContinuesWord(ReadOnlySpan<byte> text, int at) => (uint)at < (uint)text.Length && WordParts[text[at]];

    /// <summary>True for space, tab, line feed, vertical tab, form feed and carriage return.</summary>
    public static bool IsBlank(byte value) => Leads[value] == MySqlLead.Blank;

    /// <summary>True for what may follow two minus signs that begin a comment: blanks and ASCII control characters.</summary>
    public static bool IsBlankOrControl(byte value) => value is <= 0x20 or 0x7F;

    private static MySqlLead[] MakeLeads()
    {
        var leads = new MySqlLead[256];
        for (var value = 0; value < leads.Length; value++)
        {
            var symbol = (char)value;
            leads[value] = symbol switch
            {
                ' ' or (>= '\t' and <= '\r') => MySqlLead.Blank,
                'b' or 'B' or 'n' or 'N' or 'x' or 'X' => MySqlLead.Prefix,
                '_' or (>= '\u0080' and < '\u00F0') => MySqlLead.Word,
                '\'' => MySqlLead.Quote,
                '"' => MySqlLead.DoubleQuote,
                '`' => MySqlLead.Backtick,
                '#' => MySqlLead.Hash,
                '@' => MySqlLead.At,
                '.' => MySqlLead.Dot,
                ':' => MySqlLead.Colon,
                '?' => MySqlLead.Parameter,
                '(' or ')' or ',' or ';' or '{' or '}' => MySqlLead.Punctuation,
                _ when char.IsAsciiLetter(symbol) => MySqlLead.Word,
                _ when char.IsAsciiDigit(symbol) => MySqlLead.Digit,
                _ when "~!^&|+-*/%<>=".Contains(symbol, StringComparison.Ordinal) => MySqlLead.Operator,
                _ => MySqlLead.Bad,
            };
        }

        return leads;
    }

    private static bool[] MakeWordParts()
    {
        var parts = new bool[256];
        for (var value = 0; value < parts.Length; value++)
            parts[value] = char.IsAsciiLetterOrDigit((char)value) || value is '_' or '$' or (>= 0x80 and < 0xF0);
        return parts;
    }
}
