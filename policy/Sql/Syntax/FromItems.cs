using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Syntax;

/// <summary>One item of FROM.</summary>
internal abstract record FromItem;

/// <summary>A table, view or common table by name.</summary>
internal sealed record RelationItem(QualifiedName Name, Alias? Alias) : FromItem
{
    /// <summary>TABLESAMPLE: the method and its arguments.</summary>
    public Call? Sample { get; init; }

    /// <summary>MariaDB: what FOR SYSTEM_TIME compares the times of row versions with; rows of the past are read, too.</summary>
    public ImmutableArray<Expression> Period { get; init; } = [];
}

/// <summary>A query as a table.</summary>
internal sealed record SubqueryItem(Query Query, bool IsLateral, Alias? Alias) : FromItem;

/// <summary>A function, or several with ROWS FROM, as a table.</summary>
internal sealed record FunctionItem(ImmutableArray<FunctionSource> Functions, bool HasOrdinality, Alias? Alias) : FromItem;

/// <summary>One function of a <see cref="FunctionItem"/>.</summary>
/// <param name="Value">The call, or another expression that the grammar allows there.</param>
/// <param name="Columns">The column definition list; default if there is none.</param>
internal sealed record FunctionSource(Expression Value, ImmutableArray<string> Columns);

/// <summary>XMLTABLE and JSON_TABLE: named columns computed from one document.</summary>
internal sealed record DocumentTableItem(ImmutableArray<Expression> Inputs, ImmutableArray<string> Columns, Alias? Alias) : FromItem;

/// <summary>How two items are joined.</summary>
internal enum JoinKind : byte { Cross, Inner, Left, Right, Full }

/// <summary>A join.</summary>
internal sealed record JoinItem(FromItem Left, JoinKind Kind, FromItem Right) : FromItem
{
    /// <summary>True for NATURAL.</summary>
    public bool IsNatural { get; init; }

    /// <summary>ON.</summary>
    public Expression? On { get; init; }

    /// <summary>USING; default if there is none.</summary>
    public ImmutableArray<string> Using { get; init; }

    /// <summary>The alias of the merged columns, <c>USING (...) AS x</c>.</summary>
    public string? UsingAlias { get; init; }

    /// <summary>The alias of the whole join.</summary>
    public Alias? Alias { get; init; }
}
