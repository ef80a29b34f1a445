namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>The operators of MySQL and MariaDB (MySQL manual, Operator Precedence).</summary>
internal static class MySqlOperators
{
    /// <summary>All of them.</summary>
    public static Operators All { get; } = Of(new(Precedence.Or, OperatorUse.Logic));

    /// <summary>All of them under PIPES_AS_CONCAT.</summary>
    public static Operators WithConcatenation { get; } = Of(new(Precedence.Concatenation, OperatorUse.Symbol));

    private static Operators Of(OperatorRule pipes) => new(
        [
            ("or", new(Precedence.Or, OperatorUse.Logic)),
            ("||", pipes),
            ("xor", new(Precedence.Xor, OperatorUse.Logic)),
            ("and &&", new(Precedence.And, OperatorUse.Logic)),
            ("= <=> < > <= >= <> !=", new(Precedence.Comparison, OperatorUse.Symbol)),
            ("is", new(Precedence.Comparison, OperatorUse.Test)),
            ("between in like rlike regexp", new(Precedence.Pattern, OperatorUse.Test)),
            ("not", new(Precedence.Pattern, OperatorUse.Test, Next: "between in like rlike regexp")),
            ("sounds", new(Precedence.Pattern, OperatorUse.Test, Next: "like")),
            ("member", new(Precedence.Pattern, OperatorUse.Test, Next: "of (")),
            ("|", new(Precedence.BitOr, OperatorUse.Symbol)),
            ("&", new(Precedence.BitAnd, OperatorUse.Symbol)),
            ("<< >>", new(Precedence.Shift, OperatorUse.Symbol)),
            ("+ -", new(Precedence.Additive, OperatorUse.Symbol)),
            ("* / % div mod", new(Precedence.Multiplicative, OperatorUse.Symbol)),
            ("^", new(Precedence.Power, OperatorUse.Symbol)),
            ("collate", new(Precedence.Collate, OperatorUse.Test)),
            ("-> ->>", new(Precedence.Cast, OperatorUse.Symbol)),
        ],
        OperatorRule.Nothing);
}
