namespace JitProxy.Policy.Sql;

/// <summary>What a token that begins with a certain byte can be.</summary>
internal enum PostgresLead : byte
{
    /// <summary>No token begins so.</summary>
    Bad = 0,

    /// <summary>Blanks. A vertical tab is none: PostgreSQL 16 and later pass over it, 15 does not.</summary>
    Blank,

    /// <summary>Identifier or keyword.</summary>
    Word,

    /// <summary>Identifier or keyword, or the prefix of a literal.</summary>
    Prefix,

    /// <summary>Number.</summary>
    Digit,

    /// <summary>String.</summary>
    Quote,

    /// <summary>Quoted identifier.</summary>
    DoubleQuote,

    /// <summary>Parameter or dollar-quoted string.</summary>
    Dollar,

    /// <summary>Point, two points or a number.</summary>
    Dot,

    /// <summary>Colon, cast or assignment.</summary>
    Colon,

    /// <summary>Operator or comment.</summary>
    Operator,

    /// <summary>A token of its own.</summary>
    Punctuation,
}

/// <summary>The character classes of PostgreSQL's scanner, by byte: every byte from 0x80 up is a letter to it.</summary>
internal static class PostgresCharacters
{
    private const byte WordPart = 1;
    private const byte WordStart = 2;
    private const byte OperatorPart = 4;
    private const byte BeyondSql = 8;

    private static readonly PostgresLead[] Leads = MakeLeads();
    private static readonly byte[] Traits = MakeTraits();

    /// <summary>What begins with this byte.</summary>
    public static PostgresLead LeadOf(byte value) => Leads[value];

    /// <summary>True for letters, underscore, digits, dollar and non-ASCII bytes.</summary>
    public static bool ContinuesWord(byte value) => (Traits[value] & WordPart) != 0;

    /// <summary>True for letters, underscore and non-ASCII bytes.</summary>
    public static bool StartsWord(byte value) => (Traits[value] & WordStart) != 0;

    /// <summary>True for what operators are made of.</summary>
    public static bool IsOperator(byte value) => (Traits[value] & OperatorPart) != 0;

    /// <summary>True for those operator characters that let a longer operator end in <c>+</c> or <c>-</c>.</summary>
    public static bool IsBeyondSql(byte value) => (Traits[value] & BeyondSql) != 0;

    /// <summary>True for space, tab, form feed, line feed and carriage return.</summary>
    public static bool IsBlank(byte value) => Leads[value] == PostgresLead.Blank;

    private static PostgresLead[] MakeLeads()
    {
        var leads = new PostgresLead[256];
        for (var value = 0; value < leads.Length; value++)
        {
            var symbol = (char)value;
            leads[value] = symbol switch
            {
                ' ' or '\t' or '\n' or '\r' or '\f' => PostgresLead.Blank,
                'b' or 'B' or 'e' or 'E' or 'n' or 'N' or 'u' or 'U' or 'x' or 'X' => PostgresLead.Prefix,
                '_' or >= '\u0080' => PostgresLead.Word,
                '\'' => PostgresLead.Quote,
                '"' => PostgresLead.DoubleQuote,
                '$' => PostgresLead.Dollar,
                '.' => PostgresLead.Dot,
                ':' => PostgresLead.Colon,
                '(' or ')' or '[' or ']' or ',' or ';' => PostgresLead.Punctuation,
                _ when char.IsAsciiLetter(symbol) => PostgresLead.Word,
                _ when char.IsAsciiDigit(symbol) => PostgresLead.Digit,
                _ when "~!@#^&|`?+-*/%<>=".Contains(symbol, StringComparison.Ordinal) => PostgresLead.Operator,
                _ => PostgresLead.Bad,
            };
        }

        return leads;
    }

    private static byte[] MakeTraits()
    {
        var traits = new byte[256];
        for (var value = 0; value < traits.Length; value++)
        {
            var symbol = (char)value;
            if (char.IsAsciiLetter(symbol) || symbol is '_' or >= '\u0080')
                traits[value] |= WordPart | WordStart;
            if (char.IsAsciiDigit(symbol) || symbol == '$')
                traits[value] |= WordPart;
            if ("~!@#^&|`?+-*/%<>=".Contains(symbol, StringComparison.Ordinal))
                traits[value] |= OperatorPart;
            if ("~!@#^&|`?%".Contains(symbol, StringComparison.Ordinal))
                traits[value] |= BeyondSql;
        }

        return traits;
    }
}
