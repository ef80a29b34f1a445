using JitProxy.Policy.Approval;

namespace JitProxy.Policy.Masking;

/// <summary>What the condition of a rule or of an exemption may look at: one column and where it lies.</summary>
/// <param name="Project"><c>resource.project_id</c>; empty if the database belongs to none.</param>
/// <param name="Environment"><c>resource.environment_id</c>.</param>
/// <param name="Server"><c>resource.instance_id</c>: the server's name in the configuration.</param>
/// <param name="Database"><c>resource.database_name</c>, without the server.</param>
/// <param name="Engine"><c>resource.db_engine</c>: postgresql, mysql or mariadb.</param>
/// <param name="Schema"><c>resource.schema_name</c>; empty for MySQL.</param>
/// <param name="Table"><c>resource.table_name</c>: table or view.</param>
/// <param name="Column"><c>resource.column_name</c>.</param>
public readonly record struct MaskAttributes(
    string Project, string Environment, string Server, string Database, string Engine, string Schema, string Table, string Column)
{
    /// <summary>The same for a <see cref="Condition"/>.</summary>
    public ConditionValues ToConditionValues() => new()
    {
        ProjectId = Project,
        EnvironmentId = Environment,
        InstanceId = Server,
        DatabaseName = Database,
        DbEngine = Engine,
        SchemaName = Schema,
        TableName = Table,
        ColumnName = Column,
    };
}
