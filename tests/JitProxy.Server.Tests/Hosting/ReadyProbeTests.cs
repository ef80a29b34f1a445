using System.Net;
using System.Net.Sockets;
using JitProxy.Server.Configuration;
using JitProxy.Server.Hosting;
using JitProxy.Server.Tests.Configuration;
using JitProxy.Server.Tests.Sessions.Postgres;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Hosting;

/// <summary>Ready is who listens, can write the trail and reaches every server; else the reason is said.</summary>
internal sealed class ReadyProbeTests
{
    private TcpListener _server = null!;
    private ConfigurationFile _file = null!;
    private ProxyConfiguration _configuration = null!;
    private AuditTrail _trail = null!;
    private ReadyProbe _probe = null!;

    [SetUp]
    public void Start()
    {
        _server = new(IPAddress.Loopback, 0);
        _server.Start();
        var port = ((IPEndPoint)_server.LocalEndpoint).Port;
        _file = new($"servers: {{ shop: {{ engine: postgresql, listen: 127.0.0.1:1, upstream: {{ host: 127.0.0.1, port: {port}, user: u }} }} }}\n");
        _configuration = _file.Load();
        _trail = AuditTrail.Open(
            _configuration.Storage.Location, new() { StallLimit = TimeSpan.FromMilliseconds(100), RetryInterval = TimeSpan.FromMilliseconds(20) }, TimeProvider.System);
        _probe = new(() => _configuration, _trail, TimeProvider.System);
    }

    [TearDown]
    public void Stop()
    {
        _probe.Dispose();
        _trail.Dispose();
        _server.Dispose();
        _file.Dispose();
    }

    [Test]
    public async Task All_well_is_ready_and_says_no_reason()
    {
        _probe.Accept(true);
        var ready = await _probe.LookAsync(CancellationToken.None);

        Assert.That(ready.Ready);
        Assert.That(ready.Checks.Select(static c => (c.Name, c.Ok, c.Reason)), Is.EqualTo(new[] { ("listeners", true, (string?)null), ("audit", true, null), ("server shop", true, null) }));
    }

    [Test]
    public async Task Before_the_listeners_accept_and_after_it_is_not()
    {
        Assert.That((await _probe.LookAsync(CancellationToken.None)).Ready, Is.False);
        _probe.Accept(true);
        Assert.That((await _probe.LookAsync(CancellationToken.None)).Ready);
        _probe.Accept(false);
        var ready = await _probe.LookAsync(CancellationToken.None);
        Assert.That(ready.Checks.Single(static c => !c.Ok).Reason, Is.EqualTo("the proxy starts or stops"));
    }

    [Test]
    public async Task A_server_that_cannot_be_reached_is_named_with_the_reason()
    {
        _server.Stop();
        _probe.Accept(true);
        var ready = await _probe.LookAsync(CancellationToken.None);

        Assert.That(ready.Ready, Is.False);
        Assert.That(ready.Checks.Single(static c => !c.Ok), Has.Property("Name").EqualTo("server shop").And.Property("Reason").EqualTo("cannot be connected to: ConnectionRefused"));
    }

    [Test]
    public async Task A_server_is_asked_once_in_a_while_however_often_somebody_looks()
    {
        _probe.Accept(true);
        for (var i = 0; i < 20; i++)
            Assert.That((await _probe.LookAsync(CancellationToken.None)).Ready);

        using var first = await _server.AcceptSocketAsync();
        Assert.That(_server.Pending(), Is.False);
    }

    [Test]
    public async Task A_trail_that_cannot_be_written_is_why_until_it_can_be()
    {
        _probe.Accept(true);
        using (new HeldLock(_trail.Sink.Gate))
        {
            _trail.TryRecord(new() { Event = AuditEvent.Login }, out _, out _);
            Assert.That(async () => (await _probe.LookAsync(CancellationToken.None)).Checks[1].Reason, Does.Contain("a commit takes longer than").After(30_000, 20));
            Assert.That((await _probe.LookAsync(CancellationToken.None)).Ready, Is.False);
        }

        Assert.That(async () => (await _probe.LookAsync(CancellationToken.None)).Ready, Is.True.After(30_000, 20));
    }
}
