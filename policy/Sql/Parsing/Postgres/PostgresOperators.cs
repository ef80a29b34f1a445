namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>PostgreSQL's operators (section 4.1.6).</summary>
internal static class PostgresOperators
{
    /// <summary>All of them.</summary>
    public static Operators All { get; } = new(
        [
            ("::", new(Precedence.Cast, OperatorUse.Test)),
            ("collate", new(Precedence.Collate, OperatorUse.Test)),
            ("at", new(Precedence.At, OperatorUse.Test, Next: "time local")),
            ("^", new(Precedence.Power, OperatorUse.Symbol)),
            ("* / %", new(Precedence.Multiplicative, OperatorUse.Symbol)),
            ("+ -", new(Precedence.Additive, OperatorUse.Symbol)),
            ("operator", new(Precedence.OtherOperator, OperatorUse.Symbol, Next: "(")),
            ("< > = <= >= <> !=", new(Precedence.Comparison, OperatorUse.Symbol)),
            ("is", new(Precedence.Is, OperatorUse.Test)),
            ("isnull notnull", new(Precedence.Is, OperatorUse.Test, IsEverywhere: false)),
            ("between in like ilike overlaps", new(Precedence.Pattern, OperatorUse.Test, IsEverywhere: false)),
            ("similar", new(Precedence.Pattern, OperatorUse.Test, IsEverywhere: false, Next: "to")),
            ("not", new(Precedence.Pattern, OperatorUse.Test, IsEverywhere: false, Next: "between in like ilike similar")),
            ("and", new(Precedence.And, OperatorUse.Logic, IsEverywhere: false)),
            ("or", new(Precedence.Or, OperatorUse.Logic, IsEverywhere: false)),
            (":= => ..", OperatorRule.Nothing),
        ],
        new(Precedence.OtherOperator, OperatorUse.Symbol));
}
