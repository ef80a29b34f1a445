namespace JitProxy.Policy.Sql.Parsing;

/// <summary>How tightly operators bind, loosest first; a dialect uses those that it has.</summary>
internal enum Precedence : byte
{
    /// <summary>Nothing that continues an expression.</summary>
    None,
    Or,
    And,
    Not,

    /// <summary>IS, ISNULL, NOTNULL.</summary>
    Is,
    Comparison,

    /// <summary>BETWEEN, IN, LIKE, ILIKE, SIMILAR, OVERLAPS.</summary>
    Pattern,
    Escape,

    /// <summary>Any operator without a place of its own.</summary>
    OtherOperator,
    Additive,
    Multiplicative,
    Power,

    /// <summary>AT TIME ZONE.</summary>
    At,
    Collate,

    /// <summary>Unary plus and minus.</summary>
    Sign,
    Cast,
}
