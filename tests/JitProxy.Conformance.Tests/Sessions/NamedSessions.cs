using System.Diagnostics;
using System.Globalization;
using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Sessions of one test, known to the server by an application name that no other test has, and what the server says of their connections.</summary>
internal sealed class NamedSessions
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static int _names;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"named-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}");

    /// <summary>What is true of a connection that waits in the pool, reset.</summary>
    public const string Waits = "query = 'DISCARD ALL' AND state = 'idle'";

    public static async Task<object?> RunAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync();
    }

    public static async Task UntilGoneAsync(int pid) => await UntilAsync(string.Create(CultureInfo.InvariantCulture, $"pid = {pid}"), 0);

    public Task<NpgsqlConnection> OpenAsync(string options = "") => Shared.Proxy.OpenAsync($"Application Name={_name};{options}");

    /// <summary>How many connections of theirs the server has for which this is true.</summary>
    public Task<long> CountAsync(string condition = "true") => CountAllAsync(Mine(condition));

    public Task UntilCountAsync(string condition, long count) => UntilAsync(Mine(condition), count);

    private string Mine(string condition) => $"application_name = '{_name}' AND {condition}";

    private static async Task<long> CountAllAsync(string condition) =>
        (long)(await Shop.RunAsync(Shared.Server, "app", $"SELECT count(*) FROM pg_stat_activity WHERE {condition}"))!;

    private static async Task UntilAsync(string condition, long count)
    {
        var clock = Stopwatch.StartNew();
        while (await CountAllAsync(condition) != count)
            Assert.That(clock.Elapsed, Is.LessThan(Soon), condition);
    }
}
