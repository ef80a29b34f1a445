namespace JitProxy.Policy.Approval;

/// <summary>The attributes that conditions may name.</summary>
internal static class ConditionAttributes
{
    private static readonly ConditionScope[] Everywhere = [ConditionScope.Approval, ConditionScope.Masking, ConditionScope.Redaction];
    private static readonly ConditionScope[] OfStatements = [ConditionScope.Approval, ConditionScope.Redaction];
    private static readonly ConditionScope[] OfRequests = [ConditionScope.Approval];

    private static readonly Dictionary<string, ConditionAttribute> ByName = new(StringComparer.Ordinal)
    {
        ["resource.project_id"] = new(ConditionType.Text, Everywhere, static v => v.ProjectId),
        ["resource.environment_id"] = new(ConditionType.Text, Everywhere, static v => v.EnvironmentId),
        ["resource.instance_id"] = new(ConditionType.Text, Everywhere, static v => v.InstanceId),
        ["resource.database_name"] = new(ConditionType.Text, Everywhere, static v => v.DatabaseName),
        ["resource.db_engine"] = new(ConditionType.Text, Everywhere, static v => v.DbEngine),
        ["resource.schema_name"] = new(ConditionType.Text, Everywhere, static v => v.SchemaName),
        ["resource.table_name"] = new(ConditionType.Text, Everywhere, static v => v.TableName),
        ["resource.column_name"] = new(ConditionType.Text, Everywhere, static v => v.ColumnName),
        ["request.unmask"] = new(ConditionType.Bool, OfRequests, static v => v.Unmask),
        ["request.data_export"] = new(ConditionType.Bool, OfRequests, static v => v.DataExport),
        ["request.role"] = new(ConditionType.Text, OfRequests, static v => v.Role),
        ["request.expiration_days"] = new(ConditionType.Number, OfRequests, static v => (decimal?)v.ExpirationDays),
        ["request.time"] = new(ConditionType.Time, OfRequests, static v => v.Time),
        ["statement.text"] = new(ConditionType.Text, OfStatements, static v => v.StatementText),
        ["statement.kind"] = new(ConditionType.Text, OfStatements, static v => v.StatementKind),
        ["statement.tables"] = new(ConditionType.TextList, OfStatements, static v => v.StatementTables.IsDefault ? null : v.StatementTables),
    };

    /// <summary>The attribute of this name, or the words for the fault.</summary>
    public static ConditionAttribute? Find(string name, ConditionScope scope, out string? fault)
    {
        fault = null;
        if (ByName.TryGetValue(name, out var attribute) && attribute.Scopes.Contains(scope))
            return attribute;

        if (attribute is not null)
        {
            fault = scope == ConditionScope.Masking
                ? $"{name} has no value in a masking condition; resource.* has"
                : $"{name} has no value in a condition of audit.redact; resource.* and statement.* have";
            return null;
        }

        var near = NearestName.Find(name, ByName.Keys);
        fault = near is null
            ? $"unknown attribute {name}; known are {string.Join(", ", ByName.Keys)}"
            : $"unknown attribute {name}; did you mean {near}?";
        return null;
    }
}

/// <summary>One attribute: its type, which conditions have it, and how to get it. A null value is unknown.</summary>
internal sealed record ConditionAttribute(ConditionType Type, ConditionScope[] Scopes, Func<ConditionValues, object?> Read);
