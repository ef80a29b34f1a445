namespace JitProxy.Policy.Sql.Parsing;

/// <summary>How tightly operators bind, loosest first; a dialect uses those that it has.</summary>
internal enum Precedence : byte
{
    /// <summary>Nothing that continues an expression.</summary>
    None,
    Or,
    Xor,
    And,
    Not,

    /// <summary>IS and its like where they bind more loosely than comparisons.</summary>
    Is,
    Comparison,

    /// <summary>BETWEEN, IN, LIKE and their like.</summary>
    Pattern,
    Escape,

    /// <summary>Any operator without a place of its own.</summary>
    OtherOperator,
    BitOr,
    BitAnd,
    Shift,
    Additive,
    Multiplicative,
    Power,

    /// <summary><c>||</c> where it joins strings.</summary>
    Concatenation,

    /// <summary>AT TIME ZONE.</summary>
    At,
    Collate,

    /// <summary>Unary plus and minus.</summary>
    Sign,
    Cast,
}
