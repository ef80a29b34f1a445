using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Syntax;

/// <summary>Any statement.</summary>
internal abstract record Statement;

/// <summary>SELECT, VALUES, TABLE.</summary>
internal sealed record QueryStatement(Query Query) : Statement;

/// <summary>EXPLAIN.</summary>
internal sealed record ExplainStatement(bool IsAnalyze, Statement Inner) : Statement;

/// <summary>INSERT, UPDATE, DELETE, MERGE.</summary>
internal sealed record ChangeStatement(StatementKind Kind, string Verb, RelationItem Target) : Statement
{
    /// <summary>WITH.</summary>
    public With? With { get; init; }

    /// <summary>The query of INSERT.</summary>
    public Query? Source { get; init; }

    /// <summary>The columns that INSERT names; default for all.</summary>
    public ImmutableArray<string> Columns { get; init; }

    /// <summary>FROM of UPDATE, USING of DELETE and MERGE.</summary>
    public ImmutableArray<FromItem> From { get; init; } = [];

    /// <summary>Assignments; several columns share one value in <c>(a, b) = (...)</c>.</summary>
    public ImmutableArray<(ImmutableArray<string> Columns, Expression Value)> Assignments { get; init; } = [];

    /// <summary>What says where in a column or in time a value goes: subscripts, the ends of FOR PORTION OF. It can be read again like the value.</summary>
    public ImmutableArray<Expression> Places { get; init; } = [];

    /// <summary>WHERE, ON and the conditions of arms.</summary>
    public ImmutableArray<Expression> Conditions { get; init; } = [];

    /// <summary>True for an INSERT that changes the row that is in its way: ON CONFLICT DO UPDATE, ON DUPLICATE KEY UPDATE.</summary>
    public bool Overwrites { get; init; }

    /// <summary>RETURNING.</summary>
    public ImmutableArray<Target> Returning { get; init; } = [];

    /// <summary>
    /// MySQL: the tables of an UPDATE or DELETE over several, of which each may be written; the target is then the first of them, and no item beside them.
    /// </summary>
    public ImmutableArray<FromItem> Joined { get; init; } = [];

    /// <summary>ORDER BY of UPDATE and DELETE.</summary>
    public ImmutableArray<SortKey> Order { get; init; } = [];

    /// <summary>MySQL: what the new row is called in ON DUPLICATE KEY UPDATE.</summary>
    public Alias? RowAlias { get; init; }
}

/// <summary>COPY.</summary>
/// <param name="Relation">The table; null if a statement is copied.</param>
/// <param name="Columns">The columns named; default for all.</param>
/// <param name="Inner">The statement copied; null if a table is.</param>
/// <param name="IsFrom">True for COPY FROM.</param>
/// <param name="IsStandard">True for STDIN and STDOUT; false for a file or program of the server.</param>
/// <param name="Where">WHERE of COPY FROM.</param>
internal sealed record CopyStatement(QualifiedName? Relation, ImmutableArray<string> Columns, Statement? Inner, bool IsFrom, bool IsStandard, Expression? Where)
    : Statement
{
    /// <summary>Where the text of the inner statement stands, in bytes.</summary>
    public Range InnerText { get; init; }

    /// <summary>The options, names in lower case.</summary>
    public ImmutableArray<CopyOption> Options { get; init; } = [];
}

/// <summary>SHOW.</summary>
/// <param name="Name">The setting, lower case; <c>all</c> for SHOW ALL. MySQL: what is shown, such as <c>tables</c> or <c>create table</c>.</param>
internal sealed record ShowStatement(string Name) : Statement
{
    /// <summary>MySQL: the relation or routine that is shown.</summary>
    public QualifiedName? Object { get; init; }

    /// <summary>MySQL: the database after FROM or IN.</summary>
    public string? Database { get; init; }

    /// <summary>MySQL: LIKE.</summary>
    public string? Pattern { get; init; }

    /// <summary>MySQL: WHERE, over the columns of the answer.</summary>
    public Expression? Where { get; init; }

    /// <summary>MySQL: LIMIT.</summary>
    public ImmutableArray<Expression> Limits { get; init; } = [];

    /// <summary>MySQL: true for FULL and EXTENDED.</summary>
    public bool IsFull { get; init; }
}

/// <summary>MySQL: DESCRIBE of a table.</summary>
/// <param name="Relation">The table.</param>
/// <param name="Column">The column or the pattern; null for all.</param>
internal sealed record DescribeStatement(QualifiedName Relation, string? Column) : Statement;

/// <summary>MySQL: SET of variables; NAMES and CHARACTER SET are settings of these names.</summary>
internal sealed record SetVariablesStatement(ImmutableArray<VariableSetting> Settings) : Statement;

/// <summary>One variable of a SET.</summary>
/// <param name="Scope">Whose; <see cref="VariableScope.Any"/> if nothing is written.</param>
/// <param name="Name">The name in lower case; <c>names</c> and <c>character set</c> for these commands.</param>
/// <param name="Value">The value; a literal of the kind <see cref="LiteralKind.Default"/> for DEFAULT. A bare word is a string.</param>
internal sealed record VariableSetting(VariableScope Scope, string Name, Expression Value)
{
    /// <summary>COLLATE of SET NAMES.</summary>
    public string? Collation { get; init; }
}

/// <summary>MariaDB: SET STATEMENT ... FOR.</summary>
internal sealed record ScopedStatement(ImmutableArray<VariableSetting> Settings, Statement Inner) : Statement;

/// <summary>MySQL: USE.</summary>
internal sealed record UseStatement(string Database) : Statement;

/// <summary>MySQL: KILL.</summary>
/// <param name="IsQuery">True for KILL QUERY, which leaves the connection alone.</param>
/// <param name="Id">The connection's number.</param>
internal sealed record KillStatement(bool IsQuery, Expression Id) : Statement;

/// <summary>SET of a setting, also in its special spellings.</summary>
/// <param name="Name">The setting, lower case.</param>
/// <param name="Values">The values; default for DEFAULT.</param>
/// <param name="IsLocal">True for SET LOCAL.</param>
internal sealed record SetStatement(string Name, ImmutableArray<string> Values, bool IsLocal) : Statement;

/// <summary>RESET.</summary>
/// <param name="Name">The setting, lower case; null for ALL.</param>
internal sealed record ResetStatement(string? Name) : Statement;

/// <summary>BEGIN, COMMIT, SAVEPOINT, SET TRANSACTION and their like.</summary>
/// <param name="Verb">The command, such as <c>BEGIN</c>.</param>
/// <param name="IsReadWrite">True if it asks for READ WRITE.</param>
/// <param name="IsTwoPhase">True for the two-phase commands.</param>
internal sealed record TransactionStatement(string Verb, bool IsReadWrite, bool IsTwoPhase) : Statement
{
    /// <summary>True if it asks for READ ONLY.</summary>
    public bool IsReadOnly { get; init; }
}

/// <summary>DISCARD.</summary>
/// <param name="Target">ALL, PLANS, SEQUENCES or TEMP, lower case.</param>
internal sealed record DiscardStatement(string Target) : Statement;

/// <summary>DEALLOCATE.</summary>
/// <param name="Name">The prepared statement; null for ALL.</param>
internal sealed record DeallocateStatement(string? Name) : Statement;

/// <summary>CLOSE.</summary>
/// <param name="Name">The cursor; null for ALL.</param>
internal sealed record CloseStatement(string? Name) : Statement;

/// <summary>UNLISTEN.</summary>
/// <param name="Channel">The channel; null for <c>*</c>.</param>
internal sealed record UnlistenStatement(string? Channel) : Statement;

/// <summary>PREPARE and DECLARE: a name for a statement.</summary>
internal sealed record HandleStatement(string Verb, string Name, Statement Inner) : Statement;

/// <summary>A statement of which only the kind and the relations named are known.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Verb">Its first words, upper case, for messages.</param>
/// <param name="Relations">The relations that it names, as far as they were found.</param>
/// <param name="Inner">The statement inside, such as the query of CREATE VIEW.</param>
internal sealed record OtherStatement(StatementKind Kind, string Verb, ImmutableArray<QualifiedName> Relations, Statement? Inner = null) : Statement;

/// <summary>Nothing but blanks and comments.</summary>
internal sealed record EmptyStatement : Statement;
