// What `check` asks a real server: is it there, may the proxy sign in, do the masked columns exist.
using System.Collections.Immutable;
using System.Net.Sockets;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;
using Npgsql;

namespace JitProxy.Server.Cli;

/// <summary>What a check of one server found.</summary>
/// <param name="Server">Its name.</param>
/// <param name="Upstream">Where it is.</param>
/// <param name="Version">What it says it is; null when it was not asked.</param>
/// <param name="Fault">Why it cannot be used; null when it can.</param>
/// <param name="Warnings">What does not stop the proxy, and is probably a mistake.</param>
internal sealed record ServerCheck(string Server, string Upstream, string? Version, string? Fault, ImmutableArray<string> Warnings);

/// <summary>Checks one upstream.</summary>
internal static class UpstreamCheck
{
    private const string ColumnQuery = """
        SELECT count(*) FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND a.attnum > 0 AND NOT a.attisdropped
        """;

    /// <summary>Checks the server, every database that projects and masks name, and the masked columns.</summary>
    public static async Task<ServerCheck> RunAsync(ServerConfiguration server, ProxyConfiguration configuration, CancellationToken stop)
    {
        var place = $"{server.Upstream.User}@{server.Upstream.Host}:{server.Upstream.Port}";
        try
        {
            return server.Engine switch
            {
                SqlDialect.PostgreSql => await CheckPostgresAsync(server, configuration, place, stop),
                SqlDialect.MySql or SqlDialect.MariaDb => await MySqlUpstreamCheck.RunAsync(server, configuration, place, stop),
            };
        }
        catch (CatalogueFaultException e)
        {
            return new(server.Name, place, null, Explain(e.Fault), []);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or IOException or ArgumentException)
        {
            return new(server.Name, place, null, Explain(e), []);
        }
    }

    private static async Task<ServerCheck> CheckPostgresAsync(
        ServerConfiguration server, ProxyConfiguration configuration, string place, CancellationToken stop)
    {
        var warnings = ImmutableArray.CreateBuilder<string>();
        var patterns = configuration.Projects.Values.SelectMany(static p => p.Databases).Where(p => p.Server == server.Name).ToArray();
        var masked = configuration.Masking.Columns.Keys.Where(c => c.Server == server.Name).ToLookup(static c => c.Database, StringComparer.Ordinal);

        // Any database shows which others there are; the proxy's user may not be let into every one.
        var named = patterns.Select(static p => p.Database).Concat(masked.Select(static m => m.Key));
        var first = named.FirstOrDefault(static d => !d.Contains('*', StringComparison.Ordinal)) ?? "postgres";
        string version;
        string[] databases;
        await using (var connection = await OpenAsync(server.Upstream, first, stop))
        {
            version = $"PostgreSQL {connection.PostgreSqlVersion}";
            databases = await ListDatabasesAsync(connection, stop);
        }

        foreach (var pattern in patterns.Where(p => !databases.Any(d => p.Covers(server.Name, d))))
            warnings.Add($"{pattern} covers no database of {server.Name}");

        foreach (var columns in masked)
        {
            if (!databases.Contains(columns.Key, StringComparer.Ordinal))
                warnings.AddRange(columns.Select(static c => $"masked column {c}: there is no such database"));
            else
                await CheckColumnsAsync(server.Upstream, columns, warnings, stop);
        }

        return new(server.Name, place, version, null, warnings.ToImmutable());
    }

    private static async Task CheckColumnsAsync(
        UpstreamConfiguration upstream, IGrouping<string, MaskedColumn> columns, ImmutableArray<string>.Builder warnings, CancellationToken stop)
    {
        await using var connection = await OpenAsync(upstream, columns.Key, stop);
        foreach (var column in columns)
        {
            await using var command = new NpgsqlCommand(ColumnQuery, connection)
            {
                Parameters = { new() { Value = column.Schema }, new() { Value = column.Table }, new() { Value = column.Column } },
            };
            if (await command.ExecuteScalarAsync(stop) is 0L)
                warnings.Add($"masked column {column}: there is no such column");
        }
    }

    private static async Task<string[]> ListDatabasesAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("SELECT array_agg(datname::text) FROM pg_catalog.pg_database WHERE datallowconn", connection);
        return (string[])(await command.ExecuteScalarAsync(stop))!;
    }

    private static async Task<NpgsqlConnection> OpenAsync(UpstreamConfiguration upstream, string database, CancellationToken stop)
    {
        var connection = new NpgsqlConnection(UpstreamConnectionString.Of(upstream, database, "jitproxy check"));
        await connection.OpenAsync(stop);
        return connection;
    }

    // The operator reads this: the server's own words may help.
    private static string Explain(UpstreamFault fault) =>
        fault.SqlState == "28000" ? $"login refused: {fault.ServerText}; check upstream.user and upstream.password" : fault.ForLog;

    private static string Explain(Exception error) => error switch
    {
        PostgresException { SqlState: "28P01" or "28000" } refused => $"login refused: {refused.MessageText}; check upstream.user and upstream.password",
        PostgresException other => $"{other.MessageText} ({other.SqlState})",
        _ => $"cannot be reached: {error.InnerException?.Message ?? error.Message}",
    };
}
