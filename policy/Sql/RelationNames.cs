namespace JitProxy.Policy.Sql;

/// <summary>When two qualified names mean the same relation.</summary>
/// <param name="dialect">The language of the server.</param>
/// <param name="foldsTableNames">True if letter case means nothing on this server.</param>
internal sealed class RelationNames(SqlDialect dialect, bool foldsTableNames) : IEqualityComparer<(string Schema, string Name)>
{
    public bool Equals((string Schema, string Name) left, (string Schema, string Name) right)
    {
        // MySQL's own descriptions of its objects are found in any case, whatever the file system does.
        var ignoresCase = dialect != SqlDialect.PostgreSql
            && (foldsTableNames || left.Schema.Equals("information_schema", StringComparison.OrdinalIgnoreCase));
        var comparison = ignoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return left.Schema.Equals(right.Schema, comparison) && left.Name.Equals(right.Name, comparison);
    }

    public int GetHashCode((string Schema, string Name) name) => dialect == SqlDialect.PostgreSql
        ? HashCode.Combine(name.Schema, name.Name)
        : HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(name.Schema), StringComparer.OrdinalIgnoreCase.GetHashCode(name.Name));
}
