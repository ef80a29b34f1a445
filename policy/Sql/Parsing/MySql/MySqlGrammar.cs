namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>The grammar of MySQL and MariaDB.</summary>
internal sealed class MySqlGrammar : Grammar
{
    /// <summary>A grammar over these tokens.</summary>
    public MySqlGrammar(TokenCursor cursor, bool isMariaDb, LexicalModes modes)
        : base(cursor)
    {
        IsMariaDb = isMariaDb;
        Modes = modes;
        Keywords = isMariaDb ? MySqlReservedWords.MariaDb : MySqlReservedWords.MySql;
        Operators = (modes & LexicalModes.PipesAsConcat) == 0 ? MySqlOperators.All : MySqlOperators.WithConcatenation;
        Names = new(this);
        Types = new(this);
        Literals = new(this);
        Expressions = new(this);
        Primaries = new(this);
        Groups = new(this);
        Tests = new(this);
        Calls = new(this);
        SpecialCalls = new(this);
        Windows = new(this);
        Queries = new(this);
        Selects = new(this);
        Withs = new(this);
        Froms = new(this);
        DocumentTables = new(this);
        Statements = new(this);
        Changes = new(this);
        Shows = new(this);
        Settings = new(this);
        Transactions = new(this);
        Definitions = new(this);
        Creations = new(this);
        Insertions = new(this);
    }

    /// <summary>True for MariaDB.</summary>
    public bool IsMariaDb { get; }

    /// <summary>The session's modes.</summary>
    public LexicalModes Modes { get; }

    public override Keywords Keywords { get; }

    public override Operators Operators { get; }

    public override MySqlNameRules Names { get; }

    public override MySqlTypeRules Types { get; }

    public override MySqlLiteralRules Literals { get; }

    public override MySqlExpressionRules Expressions { get; }

    public override MySqlPrimaryRules Primaries { get; }

    public override GroupRules Groups { get; }

    public override MySqlTestRules Tests { get; }

    public override MySqlCallRules Calls { get; }

    public override MySqlSpecialCallRules SpecialCalls { get; }

    public override WindowRules Windows { get; }

    public override MySqlQueryRules Queries { get; }

    public override MySqlSelectRules Selects { get; }

    public override MySqlWithRules Withs { get; }

    public override MySqlFromRules Froms { get; }

    public override MySqlDocumentTableRules DocumentTables { get; }

    public override MySqlChangeRules Changes { get; }

    public override MySqlStatementRules Statements { get; }

    public ShowRules Shows { get; }

    public SettingRules Settings { get; }

    public TransactionRules Transactions { get; }

    public CommandRules Definitions { get; }

    public CreationRules Creations { get; }

    public InsertionRules Insertions { get; }
}
