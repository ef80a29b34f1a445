using System.Text;
using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Tests that run on MariaDB and on MySQL, behind a relay in which no masked value may be found.</summary>
internal abstract class MySqlProductTests(MySqlProduct product)
{
    /// <summary>The server and the proxy before it.</summary>
    protected MySqlShop Shop { get; private set; } = null!;

    /// <summary>Where clients connect; it keeps what they are sent.</summary>
    protected RecordingRelay Relay { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task FindServerAsync()
    {
        Shop = await Shared.ShopAsync(product);
        Relay = new(Shop.Proxy.Port);
    }

    [OneTimeTearDown]
    public async Task StopRelayAsync()
    {
        if (Relay is not null)
            await Relay.DisposeAsync();
    }

    [TearDown]
    public void No_masked_value_has_left()
    {
        var bytes = Relay.Take();
        Assert.That(Canaries.FindInMySql(bytes), Is.Empty, () => Encoding.Latin1.GetString(bytes));
    }

    /// <summary>A connection that is not pooled, through the relay.</summary>
    protected async Task<MySqlConnection> OpenAsync(MySqlSslMode tls = MySqlSslMode.None)
    {
        var connection = new MySqlConnection($"{MySqlShop.ConnectionStringFor(Relay.Port)};SslMode={tls};AllowPublicKeyRetrieval=true");
        await connection.OpenAsync();
        return connection;
    }
}
