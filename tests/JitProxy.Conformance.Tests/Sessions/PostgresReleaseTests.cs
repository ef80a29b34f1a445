using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Tests that run on several releases of PostgreSQL.</summary>
internal abstract class PostgresReleaseTests(PostgresRelease release)
{
    /// <summary>The server.</summary>
    protected ThrowAwayPostgres Server { get; private set; } = null!;

    /// <summary>The proxy before it, which holds the grant of <see cref="Shop.Granted"/>.</summary>
    protected ThrowAwayProxy Proxy { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task FindServerAsync() => (Server, Proxy) = await Shared.OfAsync(release);
}
