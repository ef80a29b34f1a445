using System.Collections.Immutable;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Configuration;

/// <summary>`limits.functions`: the functions of users that statements may call. Each has to say itself that it changes nothing.</summary>
/// <param name="Names">Full names: server, database, schema (empty for MySQL) and function.</param>
internal sealed record AdmittedFunctions(ImmutableArray<(string Server, string Database, string Schema, string Function)> Names)
{
    /// <summary>None.</summary>
    public static readonly AdmittedFunctions None = new([]);

    /// <summary>True for functions, as schema and name, that statements on this database may call; null if there are none.</summary>
    public Func<string, string, bool>? On(ServerConfiguration? server, string database)
    {
        if (server is null || Names.IsEmpty)
            return null;
        return server.Engine == SqlDialect.PostgreSql
            ? (schema, name) => Names.Contains((server.Name, database, schema, name))
            : (schema, name) => Names.Any(n =>
                n.Server == server.Name && n.Database == schema && string.Equals(n.Function, name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The functions of a list; faults are noted.</summary>
    public static AdmittedFunctions Read(Reading reading, ConfigurationNode list, ServersRead servers)
    {
        var names = ImmutableArray.CreateBuilder<(string, string, string, string)>();
        foreach (var node in reading.Items(list) ?? [])
        {
            if (reading.Text(node) is not { } text)
                continue;

            // A function is named as a table is, and a column as one part more.
            if (!MaskedColumn.TryParse($"{text}.f", out var name, out _))
                reading.Faults.Add(node, $"\"{text}\" is not server/database.schema.function (MySQL: server/database.function)");
            else if (!servers.Names.Contains(name.Server))
                reading.Faults.Add(node, $"unknown server \"{name.Server}\"; {Reading.Suggest(name.Server, servers.Names)}");
            else if (servers.Servers.TryGetValue(name.Server, out var server) && (server.Engine == SqlDialect.PostgreSql) == (name.Schema.Length == 0))
                reading.Faults.Add(node, $"\"{text}\" is not server/database.schema.function (MySQL: server/database.function)");
            else
                names.Add((name.Server, name.Database, name.Schema, name.Table));
        }

        return new(names.ToImmutable());
    }
}
