using System.Collections.Immutable;

namespace JitProxy.Policy.Approval;

/// <summary>The values of the attributes that a condition may use. Null (default) is unknown, and makes the comparison fail, not false.</summary>
public sealed record ConditionValues
{
    /// <summary><c>resource.project_id</c>: the project's name.</summary>
    public string? ProjectId { get; init; }

    /// <summary><c>resource.environment_id</c>: the server's label.</summary>
    public string? EnvironmentId { get; init; }

    /// <summary><c>resource.instance_id</c>: the server's name.</summary>
    public string? InstanceId { get; init; }

    /// <summary><c>resource.database_name</c>: the database without its server.</summary>
    public string? DatabaseName { get; init; }

    /// <summary><c>resource.db_engine</c>: <c>postgresql</c>, <c>mysql</c> or <c>mariadb</c>.</summary>
    public string? DbEngine { get; init; }

    /// <summary><c>resource.schema_name</c>.</summary>
    public string? SchemaName { get; init; }

    /// <summary><c>resource.table_name</c>.</summary>
    public string? TableName { get; init; }

    /// <summary><c>resource.column_name</c>.</summary>
    public string? ColumnName { get; init; }

    /// <summary><c>request.unmask</c>.</summary>
    public bool? Unmask { get; init; }

    /// <summary><c>request.data_export</c>.</summary>
    public bool? DataExport { get; init; }

    /// <summary><c>request.role</c>: empty for a statement.</summary>
    public string? Role { get; init; }

    /// <summary><c>request.expiration_days</c>: a started day counts.</summary>
    public long? ExpirationDays { get; init; }

    /// <summary><c>request.time</c>: when the condition is evaluated.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary><c>statement.text</c>.</summary>
    public string? StatementText { get; init; }

    /// <summary><c>statement.kind</c>: <c>select</c>, <c>explain</c>, <c>show</c>, <c>insert</c>, <c>update</c>, <c>delete</c>, <c>ddl</c> and so on.</summary>
    public string? StatementKind { get; init; }

    /// <summary><c>statement.tables</c>: names of all tables, without schema; default is unknown.</summary>
    public ImmutableArray<string> StatementTables { get; init; }
}
