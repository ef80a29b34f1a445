using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>One server and one proxy for the tests of this folder that end neither.</summary>
[SetUpFixture]
internal sealed class Shared
{
    private static readonly Dictionary<MySqlProduct, MySqlShop> Shops = [];
    private static ThrowAwayPostgres? _server;
    private static ThrowAwayProxy? _proxy;
    private static ThrowAwayPostgres? _eighteen;
    private static ThrowAwayProxy? _beforeEighteen;

    /// <summary>The server.</summary>
    public static ThrowAwayPostgres Server => _server!;

    /// <summary>The proxy before it.</summary>
    public static ThrowAwayProxy Proxy => _proxy!;

    /// <summary>The grant of <see cref="Shop.Granted"/>.</summary>
    public static long Grant { get; private set; }

    /// <summary>A server of a release and the proxy before it, started by the first who asks.</summary>
    public static async Task<(ThrowAwayPostgres Server, ThrowAwayProxy Proxy)> OfAsync(PostgresRelease release)
    {
        if (release == PostgresRelease.System)
            return (Server, Proxy);

        if (_beforeEighteen is null)
        {
            _eighteen = await Shop.StartAsync(release);
            _beforeEighteen = await ThrowAwayProxy.StartAsync(_eighteen);
            await _beforeEighteen.GrantAsync(Shop.Granted);
        }

        return (_eighteen!, _beforeEighteen);
    }

    /// <summary>A server of MySQL's protocol and the proxy before it, started by the first who asks.</summary>
    public static async Task<MySqlShop> ShopAsync(MySqlProduct product)
    {
        if (!Shops.TryGetValue(product, out var shop))
        {
            shop = Shops[product] = await MySqlShop.StartAsync(product);
            await shop.Proxy.GrantAsync(MySqlShop.Granted);
            await shop.Proxy.GrantAsync(MySqlShop.Numbered);
        }

        return shop;
    }

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await Shop.StartAsync();
        _proxy = await ThrowAwayProxy.StartAsync(_server);
        Grant = await _proxy.GrantAsync(Shop.Granted);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var shop in Shops.Values)
            await shop.DisposeAsync();

        if (_beforeEighteen is not null)
            await _beforeEighteen.DisposeAsync();

        _eighteen?.Dispose();
        if (_proxy is not null)
            await _proxy.DisposeAsync();

        _server?.Dispose();
    }
}
