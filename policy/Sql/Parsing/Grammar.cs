namespace JitProxy.Policy.Sql.Parsing;

/// <summary>The rules of the grammar, each group in a class of its own, over one cursor.</summary>
internal sealed class Grammar
{
    /// <summary>A grammar over these tokens.</summary>
    public Grammar(TokenCursor cursor)
    {
        Cursor = cursor;
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

    public TokenCursor Cursor { get; }

    public NameRules Names { get; }

    public TypeRules Types { get; }

    public LiteralRules Literals { get; }

    public ExpressionRules Expressions { get; }

    public PrimaryRules Primaries { get; }

    public GroupRules Groups { get; }

    public TestRules Tests { get; }

    public CallRules Calls { get; }

    public SpecialCallRules SpecialCalls { get; }

    public XmlCallRules XmlCalls { get; }

    public JsonCallRules JsonCalls { get; }

    public DocumentTableRules DocumentTables { get; }

    public WindowRules Windows { get; }

    public QueryRules Queries { get; }

    public SelectRules Selects { get; }

    public WithRules Withs { get; }

    public FromRules Froms { get; }

    public FromFunctionRules FromFunctions { get; }

    public StatementRules Statements { get; }

    public SessionRules Sessions { get; }

    public ChangeRules Changes { get; }

    public CopyRules Copies { get; }

    public DefinitionRules Definitions { get; }
}
