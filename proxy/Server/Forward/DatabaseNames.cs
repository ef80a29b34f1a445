using System.Collections.Concurrent;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using Npgsql;

namespace JitProxy.Server.Forward;

/// <summary>The databases that there are on each server now, for people who choose one. Nothing is decided by it.</summary>
/// <param name="configuration">The configuration in force.</param>
/// <param name="clock">Tells the age of a list.</param>
internal sealed class DatabaseNames(Func<ProxyConfiguration> configuration, TimeProvider clock)
{
    private const string PostgresQuery = "SELECT datname::text FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate";
    private const string MySqlQuery = "SELECT schema_name FROM information_schema.schemata";

    // The server's own, which no project is about.
    private static readonly string[] Own = ["postgres", "information_schema", "mysql", "performance_schema", "sys"];

    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(30);

    // A page does not wait for a server that does not answer: it goes on with what was known.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ReadingMax = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Begins to read the lists that somebody may want soon: of servers with a pattern.</summary>
    public void ReadSoon()
    {
        var patterns = configuration().Projects.Values.SelectMany(static p => p.Databases)
            .Where(static d => d.Database.Contains('*', StringComparison.Ordinal));
        foreach (var server in patterns.Select(static d => d.Server).Distinct(StringComparer.Ordinal))
            Begin(server);
    }

    /// <summary>Names on one server, sorted; null if they are not known, or not yet.</summary>
    /// <param name="server">The server's name in the configuration.</param>
    /// <param name="stop">Nobody waits any more.</param>
    public async Task<IReadOnlyList<string>?> ListAsync(string server, CancellationToken stop)
    {
        var (entry, reading) = Begin(server);
        if (entry.Names is null)
            await Task.WhenAny(reading, Task.Delay(Patience, clock, stop));

        return entry.Names;
    }

    private (Entry Entry, Task Reading) Begin(string server)
    {
        var entry = _entries.GetOrAdd(server, static _ => new());
        var now = clock.GetUtcNow();
        lock (entry)
        {
            if (now - entry.AskedAt >= AgeMax)
                (entry.AskedAt, entry.Reading) = (now, Task.Run(() => ReadAsync(server, entry), CancellationToken.None));

            return (entry, entry.Reading);
        }
    }

    // A server that cannot be asked has no list; why is told by everything else that is done with it.
    private async Task ReadAsync(string server, Entry entry)
    {
        if (!configuration().Servers.TryGetValue(server, out var known))
            return;

        using var soon = new CancellationTokenSource(ReadingMax, clock);
        try
        {
            var names = known.Engine == SqlDialect.PostgreSql ? await ReadPostgresAsync(known, soon.Token) : await ReadMySqlAsync(known, soon.Token);
            entry.Names = [.. names.Except(Own, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or CatalogueFaultException or OperationCanceledException)
        {
            entry.Names = null;
        }
    }

    // One database has to be connected to; that the account may not reach each of these is usual.
    private async Task<List<string>> ReadPostgresAsync(ServerConfiguration server, CancellationToken stop)
    {
        var named = configuration().Projects.Values.SelectMany(static p => p.Databases)
            .Where(d => d.Server == server.Name && !d.Database.Contains('*', StringComparison.Ordinal)).Select(static d => d.Database);
        NpgsqlException? fault = null;
        foreach (var database in named.Append("postgres").Append("template1").Distinct(StringComparer.Ordinal))
        {
            try
            {
                await using var connection = new NpgsqlConnection(UpstreamConnectionString.Of(server.Upstream, database));
                await connection.OpenAsync(stop);
                await using var command = new NpgsqlCommand(PostgresQuery, connection);
                await using var reader = await command.ExecuteReaderAsync(stop);
                var names = new List<string>();
                while (await reader.ReadAsync(stop))
                    names.Add(reader.GetString(0));

                return names;
            }
            catch (PostgresException e)
            {
                fault = e;
            }
        }

        throw fault!;
    }

    private static async Task<List<string>> ReadMySqlAsync(ServerConfiguration server, CancellationToken stop)
    {
        var names = new List<string>();
        await using var reading = await MySqlReading.OpenAsync(server.Upstream, "", $"the databases of {server.Name} cannot be listed", stop);
        await reading.RunAsync(
            MySqlQuery,
            1,
            row =>
            {
                if (row[0] is { } name)
                    names.Add(name);

                return true;
            },
            stop);
        return names;
    }

    private sealed class Entry
    {
        private volatile string[]? _names;

        public DateTimeOffset AskedAt { get; set; }

        public Task Reading { get; set; } = Task.CompletedTask;

        public string[]? Names
        {
            get => _names;
            set => _names = value;
        }
    }
}
