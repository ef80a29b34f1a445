using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>For whom, where and when a result is masked.</summary>
/// <param name="User">Who reads it.</param>
/// <param name="Server">The server's name in the configuration.</param>
/// <param name="Database">The database, without the server.</param>
/// <param name="Environment">The server's environment; empty if it has none.</param>
/// <param name="Project">The database's project; empty if it has none.</param>
/// <param name="Unmask">True if the grant shows masked columns in clear.</param>
/// <param name="Now">The time, for exemptions that end.</param>
public readonly record struct MaskSubject(
    string User, string Server, string Database, string Environment, string Project, bool Unmask, DateTimeOffset Now)
{
    /// <summary>The engine as the configuration names it, for conditions (<c>mysql</c> may mean MariaDB); null means as the catalogue does.</summary>
    public SqlDialect? Engine { get; init; }
}
