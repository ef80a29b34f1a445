namespace JitProxy.Policy.Sql.Parsing;

/// <summary>The rules of a dialect's grammar, each group in a class of its own, over one cursor.</summary>
/// <remarks>What dialects share stands here; what one of them spells in its own way it overrides.</remarks>
internal abstract class Grammar(TokenCursor cursor)
{
    public TokenCursor Cursor { get; } = cursor;

    public abstract Keywords Keywords { get; }

    public abstract Operators Operators { get; }

    public abstract NameRules Names { get; }

    public abstract TypeRules Types { get; }

    public abstract LiteralRules Literals { get; }

    public abstract ExpressionRules Expressions { get; }

    public abstract PrimaryRules Primaries { get; }

    public abstract GroupRules Groups { get; }

    public abstract TestRules Tests { get; }

    public abstract CallRules Calls { get; }

    public abstract SpecialCallRules SpecialCalls { get; }

    public abstract WindowRules Windows { get; }

    public abstract QueryRules Queries { get; }

    public abstract SelectRules Selects { get; }

    public abstract WithRules Withs { get; }

    public abstract FromRules Froms { get; }

    public abstract DocumentTableRules DocumentTables { get; }

    public abstract ChangeRules Changes { get; }

    public abstract StatementRules Statements { get; }
}
