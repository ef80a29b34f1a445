using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>What clients hear when the server does not let the proxy in, first while it reads the catalogue and then when it knows it.</summary>
[TestFixture]
internal sealed class UpstreamRefusalTests
{
    private ThrowAwayPostgres _server = null!;
    private ThrowAwayProxy _proxy = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await Shop.StartAsync();
        _proxy = await ThrowAwayProxy.StartAsync(_server);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Test]
    public async Task The_servers_code_passes_where_a_client_can_act_on_it()
    {
        await DoAsync("ALTER ROLE jitproxy NOLOGIN");
        var refused = await RefusedAsync();
        Assert.That(refused.SqlState, Is.EqualTo("08004"), refused.MessageText);
        Assert.That(refused.MessageText + refused.Hint, Does.Contain("JitProxy's own account").And.Not.Contain("permitted to log in"));
        Assert.That(_proxy.ReadLog(), Does.Contain("is not permitted to log in"), "the operator gets the server's own words");

        await DoAsync("ALTER ROLE jitproxy LOGIN");
        await using (await _proxy.OpenAsync())
            await DoAsync("ALTER ROLE jitproxy NOLOGIN");

        Assert.That((await RefusedAsync()).SqlState, Is.EqualTo("08004"));
        await DoAsync("ALTER ROLE jitproxy LOGIN CONNECTION LIMIT 0");
        Assert.That((await RefusedAsync()).SqlState, Is.EqualTo("53300"));
        await DoAsync("ALTER ROLE jitproxy CONNECTION LIMIT -1");
        await DoAsync("REVOKE CONNECT ON DATABASE app FROM PUBLIC");
        Assert.That((await RefusedAsync()).SqlState, Is.EqualTo("08004"));
        await DoAsync("GRANT CONNECT ON DATABASE app TO PUBLIC");
        await DoAsync("ALTER DATABASE app ALLOW_CONNECTIONS false");
        Assert.That((await RefusedAsync()).SqlState, Is.EqualTo("55000"));
        await DoAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'");
        await DoAsync("ALTER DATABASE app RENAME TO elsewhere");
        refused = await RefusedAsync();
        Assert.That(refused.SqlState, Is.EqualTo("3D000"));
        Assert.That(refused.MessageText, Is.EqualTo("database \"app\" does not exist on server shop"));
    }

    private int _attempts;

    private async Task<PostgresException> RefusedAsync()
    {
        try
        {
            // With a name of its own: a connection that waits for sessions like an earlier one is no way in.
            await using (await _proxy.OpenAsync($"Application Name=refused-{++_attempts}"))
                throw new AssertionException("the connection was accepted");
        }
        catch (PostgresException e)
        {
            return e;
        }
    }

    private Task<object?> DoAsync(string statement) => Shop.RunAsync(_server, "postgres", statement);
}
