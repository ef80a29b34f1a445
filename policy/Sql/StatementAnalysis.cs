using System.Collections.Immutable;

namespace JitProxy.Policy.Sql;

/// <summary>What a statement is, reads and returns, as far as its text and the catalogue prove it (DESIGN section 7).</summary>
/// <remarks>Unknown means no: where something could not be proven, <see cref="ReadOnlyObjection"/> or <see cref="Unresolved"/> says so.</remarks>
public sealed record StatementAnalysis
{
    /// <summary>The sort of command.</summary>
    public required StatementKind Kind { get; init; }

    /// <summary>Null if the statement is a proven read-only read; otherwise why it is not, as a sentence for people.</summary>
    public string? ReadOnlyObjection { get; init; }

    /// <summary>True if nothing speaks against running the statement as a read.</summary>
    public bool IsReadOnly => ReadOnlyObjection is null;

    /// <summary>Null if names, relations and columns were all resolved; otherwise what was not, as a sentence.</summary>
    public string? Unresolved { get; init; }

    /// <summary>The relations named by the statement and those behind its views.</summary>
    public ImmutableArray<RelationUse> Relations { get; init; } = [];

    /// <summary>The functions called, as <c>schema.name</c> where the schema is known.</summary>
    public ImmutableArray<string> Functions { get; init; } = [];

    /// <summary>
    /// True if it runs code that may read any table: functions or operators that are not the server's own or that nobody knows,
    /// and functions that run SQL given as text. What such a statement computes may come from anywhere.
    /// </summary>
    public bool RunsForeignCode { get; init; }

    /// <summary>The columns of the result in order; default (not empty) when they are not known.</summary>
    public ImmutableArray<OutputColumn> Columns { get; init; }

    /// <summary>
    /// What any column of the result comes from, where their number and names are not known; null where that is not known either, or where
    /// <see cref="Columns"/> says it of each.
    /// </summary>
    public OutputColumn? EveryColumn { get; init; }

    /// <summary>Columns used in WHERE, JOIN, GROUP BY, HAVING, ORDER BY, DISTINCT and their like.</summary>
    public ImmutableArray<SourceColumn> PredicateColumns { get; init; } = [];

    /// <summary>
    /// The names that the statement gives to queries and views in FROM and to common tables. MySQL calls the origin of a column by such a name as if it were a
    /// table's.
    /// </summary>
    public ImmutableArray<string> DerivedNames { get; init; } = [];

    /// <summary>What it changes, itself or in a part of it; empty if nothing. A role has to allow each of these kinds.</summary>
    public ImmutableArray<StatementKind> Changes { get; init; } = [];

    /// <summary>
    /// Of a statement that changes something: null if it is proven to change rows and definitions of tables and nothing else; otherwise why it is not,
    /// as a sentence. What tables do by themselves when they are changed (triggers, defaults) is theirs.
    /// </summary>
    public string? WriteObjection { get; init; }

    /// <summary>Columns whose values the statement puts where they can be read again: into rows, a new table or a view.</summary>
    public ImmutableArray<SourceColumn> StoredColumns { get; init; } = [];

    /// <summary>True if values of unknown origin are put there.</summary>
    public bool StoresUnknown { get; init; }

    /// <summary>The number of parameters: the highest <c>$n</c>, or the count of <c>?</c>.</summary>
    public int ParameterCount { get; init; }
}
