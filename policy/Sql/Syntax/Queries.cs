using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Syntax;

/// <summary>SELECT, VALUES or TABLE with everything around it.</summary>
internal sealed record Query(QueryBody Body)
{
    /// <summary>WITH.</summary>
    public With? With { get; init; }

    /// <summary>ORDER BY.</summary>
    public ImmutableArray<SortKey> Order { get; init; } = [];

    /// <summary>LIMIT, OFFSET and FETCH.</summary>
    public ImmutableArray<Expression> Limits { get; init; } = [];

    /// <summary>True for FOR UPDATE, FOR SHARE and their like.</summary>
    public bool Locks { get; init; }

    /// <summary>MySQL: INTO at the end.</summary>
    public Destination? Destination { get; init; }
}

/// <summary>Where MySQL's INTO puts rows that the client does not get.</summary>
/// <param name="Place"><c>OUTFILE</c>, <c>DUMPFILE</c>, or <c>variables</c>.</param>
/// <param name="Variables">The variables.</param>
internal sealed record Destination(string Place, ImmutableArray<string> Variables);

/// <summary>What a query is made of.</summary>
internal abstract record QueryBody;

/// <summary>SELECT up to HAVING and WINDOW; also TABLE.</summary>
internal sealed record SelectBody : QueryBody
{
    /// <summary>The target list.</summary>
    public ImmutableArray<Target> Targets { get; init; } = [];

    /// <summary>DISTINCT.</summary>
    public bool IsDistinct { get; init; }

    /// <summary>DISTINCT ON (...).</summary>
    public ImmutableArray<Expression> DistinctOn { get; init; } = [];

    /// <summary>SELECT INTO.</summary>
    public QualifiedName? Into { get; init; }

    /// <summary>MySQL: INTO before FROM.</summary>
    public Destination? Destination { get; init; }

    /// <summary>FROM.</summary>
    public ImmutableArray<FromItem> From { get; init; } = [];

    /// <summary>WHERE.</summary>
    public Expression? Where { get; init; }

    /// <summary>GROUP BY, grouping sets flattened.</summary>
    public ImmutableArray<Expression> GroupBy { get; init; } = [];

    /// <summary>HAVING.</summary>
    public Expression? Having { get; init; }

    /// <summary>WINDOW.</summary>
    public ImmutableArray<(string Name, Window Window)> Windows { get; init; } = [];
}

/// <summary>One output column as written.</summary>
internal sealed record Target(Expression Value, string? Label)
{
    /// <summary>MySQL: what the server calls the column where no label is written, mostly the value's text; null where only the server knows.</summary>
    public string? Text { get; init; }
}

/// <summary>VALUES.</summary>
internal sealed record ValuesBody(ImmutableArray<ImmutableArray<Expression>> Rows) : QueryBody;

/// <summary>How two queries are combined.</summary>
internal enum SetOperator : byte { Union, UnionAll, Intersect, Except }

/// <summary>UNION, INTERSECT, EXCEPT; a chain of one level is kept flat.</summary>
/// <param name="First">The first query.</param>
/// <param name="Others">The others, each with the operator before it.</param>
internal sealed record SetBody(Query First, ImmutableArray<(SetOperator Operator, Query Query)> Others) : QueryBody;

/// <summary>A query in parentheses.</summary>
internal sealed record NestedBody(Query Inner) : QueryBody;

/// <summary>WITH.</summary>
internal sealed record With(bool IsRecursive, ImmutableArray<CommonTable> Tables);

/// <summary>One table of a WITH.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Names for its first columns.</param>
/// <param name="Statement">A query, or a statement that changes data.</param>
/// <param name="Added">The columns that SEARCH and CYCLE add.</param>
internal sealed record CommonTable(string Name, ImmutableArray<string> Columns, Statement Statement, ImmutableArray<string> Added);
