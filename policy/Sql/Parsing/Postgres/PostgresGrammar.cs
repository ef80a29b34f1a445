namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>PostgreSQL's grammar.</summary>
internal sealed class PostgresGrammar : Grammar
{
    /// <summary>A grammar over these tokens.</summary>
    public PostgresGrammar(TokenCursor cursor)
        : base(cursor)
    {
        Names = new(this);
        Types = new(this);
        Literals = new(this);
        Expressions = new(this);
        Primaries = new(this);
        Groups = new(this);
        Tests = new(this);
        Calls = new(this);
        SpecialCalls = new(this);
        XmlCalls = new(this);
        JsonCalls = new(this);
        Windows = new(this);
        Queries = new(this);
        Selects = new(this);
        Withs = new(this);
        Froms = new(this);
        FromFunctions = new(this);
        DocumentTables = new(this);
        Statements = new(this);
        Sessions = new(this);
        Changes = new(this);
        Copies = new(this);
        Definitions = new(this);
    }

    public override Keywords Keywords => PostgresKeywords.All;

    public override Operators Operators => PostgresOperators.All;

    public override PostgresNameRules Names { get; }

    public override PostgresTypeRules Types { get; }

    public override PostgresLiteralRules Literals { get; }

    public override PostgresExpressionRules Expressions { get; }

    public override PostgresPrimaryRules Primaries { get; }

    public override PostgresGroupRules Groups { get; }

    public override PostgresTestRules Tests { get; }

    public override PostgresCallRules Calls { get; }

    public override PostgresSpecialCallRules SpecialCalls { get; }

    public XmlCallRules XmlCalls { get; }

    public JsonCallRules JsonCalls { get; }

    public override PostgresDocumentTableRules DocumentTables { get; }

    public override WindowRules Windows { get; }

    public override PostgresQueryRules Queries { get; }

    public override PostgresSelectRules Selects { get; }

    public override PostgresWithRules Withs { get; }

    public override PostgresFromRules Froms { get; }

    public FromFunctionRules FromFunctions { get; }

    public override PostgresStatementRules Statements { get; }

    public SessionRules Sessions { get; }

    public override PostgresChangeRules Changes { get; }

    public CopyRules Copies { get; }

    public DefinitionRules Definitions { get; }
}
