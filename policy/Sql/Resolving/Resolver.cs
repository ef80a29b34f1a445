using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Finds out what the names of a statement mean and what each of its values comes from. One use per statement.</summary>
internal sealed class Resolver
{
    /// <summary>A resolver over this catalogue.</summary>
    public Resolver(Catalogue catalogue)
    {
        Catalogue = catalogue;
        Names = ServerNames.Of(catalogue);
        Expressions = new(this);
        Calls = new(this);
        Columns = new(this);
        Queries = new(this);
        Selects = new(this);
        Withs = new(this);
        Froms = new(this);
        Relations = new(this);
        Functions = new(this);
        Changes = new(this);
    }

    public Catalogue Catalogue { get; }

    public ServerNames Names { get; }

    public Findings Findings { get; } = new();

    public ExpressionResolver Expressions { get; }

    public CallResolver Calls { get; }

    public ColumnResolver Columns { get; }

    public QueryResolver Queries { get; }

    public SelectResolver Selects { get; }

    public WithResolver Withs { get; }

    public FromResolver Froms { get; }

    public RelationResolver Relations { get; }

    public FunctionTableResolver Functions { get; }

    public ChangeResolver Changes { get; }

    /// <summary>Resolves a query or a change; others give nothing.</summary>
    public QueryShape Resolve(Statement statement, Scope? outer, CommonTables? tables) => statement switch
    {
        QueryStatement query => Queries.Resolve(query.Query, outer, tables),
        ChangeStatement change => Changes.Resolve(change, outer, tables),
        _ => QueryShape.Pending,
    };

    /// <summary>A scope inside another one.</summary>
    public Scope Within(Scope? outer, CommonTables? tables) => new(Names, outer, tables);

    /// <summary>Notes what decides which rows there are.</summary>
    public void Influence(Scope scope, Lineage by)
    {
        scope.Influenced(by);
        Findings.AddPredicates(by);
    }
}
