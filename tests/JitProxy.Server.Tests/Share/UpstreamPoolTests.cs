using System.Buffers;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Share;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Share;

/// <summary>Connections that are kept between sessions: how many, for whom, and in which order.</summary>
[TestFixture]
internal sealed class UpstreamPoolTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly List<Connection> _servers = [];
    private PoolConfiguration _limits = null!;
    private UpstreamPool<Connection> _pool = null!;
    private TaskCompletionSource<bool>? _reset;

    [SetUp]
    public void Start()
    {
        _servers.Clear();
        _limits = new() { Max = 2, Idle = 2 };
        _reset = null;
        _pool = new(() => _limits, static connection => connection, (_, _) => _reset?.Task ?? Task.FromResult(true), TimeProvider.System);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _pool.Dispose();
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    [Test]
    public async Task Connection_left_clean_is_the_next_session_s()
    {
        var first = await TakeAsync("a");
        _pool.Return(first, isClean: true);
        Assert.That((await TakeAsync("a")).Upstream, Is.SameAs(first.Upstream));
        Assert.That(_servers, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Connection_of_another_kind_or_left_unclean_or_not_reset_is_not()
    {
        _limits = new() { Max = 9, Idle = 9 };
        var first = await TakeAsync("a");
        _pool.Return(first, isClean: true);
        Assert.That((await TakeAsync("b")).Upstream, Is.Not.SameAs(first.Upstream));
        var unclean = await TakeAsync("c");
        _pool.Return(unclean, isClean: false);
        Assert.That((await TakeAsync("c")).Upstream, Is.Not.SameAs(unclean.Upstream));
        _reset = new();
        _reset.SetResult(false);
        var stubborn = await TakeAsync("d");
        _pool.Return(stubborn, isClean: true);
        _reset = null;
        Assert.That((await TakeAsync("d")).Upstream, Is.Not.SameAs(stubborn.Upstream));
    }

    [Test]
    public async Task Figures_tell_who_has_what_and_who_waits()
    {
        Assert.That(_pool.Look(), Is.EqualTo(new PoolFigures(0, 0, 0, 2)));
        var first = await TakeAsync("a");
        await TakeAsync("a");
        Assert.That(_pool.Look(), Is.EqualTo(new PoolFigures(2, 0, 0, 2)));
        var third = TakeAsync("a");
        Assert.That(_pool.Look(), Is.EqualTo(new PoolFigures(2, 0, 1, 2)));
        _pool.Return(first, isClean: true);
        var taken = await third;
        Assert.That(_pool.Look(), Is.EqualTo(new PoolFigures(2, 0, 0, 2)));
        _pool.Return(taken, isClean: true);
        Assert.That(() => _pool.Look(), Is.EqualTo(new PoolFigures(1, 1, 0, 2)).After(10_000, 10));
    }

    [Test]
    public async Task Nobody_has_a_connection_before_it_is_reset()
    {
        var first = await TakeAsync("a");
        _reset = new();
        _pool.Return(first, isClean: true);
        var next = await TakeAsync("a");
        Assert.That(next.Upstream, Is.Not.SameAs(first.Upstream));
        var third = TakeAsync("a");
        Assert.That(third.IsCompleted, Is.False, "two are all there may be");
        _reset.SetResult(true);
        Assert.That((await third).Upstream, Is.SameAs(first.Upstream));
    }

    [Test]
    public async Task One_that_waited_longest_makes_room_for_one_that_was_just_used()
    {
        _limits = new() { Max = 9, Idle = 2 };
        var leases = new[] { await TakeAsync("a"), await TakeAsync("b"), await TakeAsync("c") };
        foreach (var lease in leases)
            _pool.Return(lease, isClean: true);

        Assert.That((await TakeAsync("c")).Upstream, Is.SameAs(leases[2].Upstream));
        Assert.That((await TakeAsync("b")).Upstream, Is.SameAs(leases[1].Upstream));
        Assert.That((await TakeAsync("a")).Upstream, Is.Not.SameAs(leases[0].Upstream));
    }

    [Test]
    public async Task Whoever_waits_gets_the_next_one_in_order_of_arrival()
    {
        var first = await TakeAsync("a");
        var second = await TakeAsync("b");
        var waiting = Enumerable.Range(0, 4).Select(_ => TakeAsync("a")).ToArray();
        Assert.That(waiting.Any(static w => w.IsCompleted), Is.False);
        _pool.Return(first, isClean: true);
        Assert.That((await waiting[0]).Upstream, Is.SameAs(first.Upstream));

        // Of another kind: its place goes to the next, for a connection of its own.
        _pool.Return(second, isClean: true);
        Assert.That((await waiting[1]).Upstream, Is.Not.SameAs(second.Upstream));
        Assert.That(waiting[2].IsCompleted || waiting[3].IsCompleted, Is.False);
        _pool.Return(await waiting[0], isClean: false);
        await waiting[2];
        Assert.That(waiting[3].IsCompleted, Is.False);
        _pool.Return(await waiting[1], isClean: true);
        await waiting[3];
    }

    [Test]
    public async Task One_that_waits_for_nobody_makes_room_for_another_kind()
    {
        var (first, second) = (await TakeAsync("a"), await TakeAsync("a"));
        _pool.Return(first, isClean: true);
        _pool.Return(second, isClean: true);
        Assert.That((await TakeAsync("b")).Key.Settings, Is.EqualTo("b"));
    }

    [Test]
    public async Task Waiting_ends_with_a_fault_and_takes_no_place_away()
    {
        var (first, _) = (await TakeAsync("a"), await TakeAsync("a"));
        var (lease, fault) = await _pool.TakeAsync(KeyOf("a"), DialAsync, TimeSpan.FromMilliseconds(1), CancellationToken.None);
        Assert.That(lease, Is.Null);
        Assert.That(fault!.ToRefusal("shop", "app").SqlState, Is.EqualTo("53300"));
        using var stop = new CancellationTokenSource();
        var stopped = _pool.TakeAsync(KeyOf("a"), DialAsync, Long, stop.Token);
        await stop.CancelAsync();
        Assert.That(() => stopped, Throws.InstanceOf<OperationCanceledException>());
        var last = TakeAsync("a");
        _pool.Return(first, isClean: true);
        Assert.That((await last).Upstream, Is.SameAs(first.Upstream));
    }

    [Test]
    public async Task Connection_that_its_server_closed_or_spoke_on_is_not_handed_out()
    {
        var first = await TakeAsync("a");
        _pool.Return(first, isClean: true);
        _servers[0].Output.Write("S"u8);
        await _servers[0].Output.FlushAsync();
        Assert.That((await TakeAsync("a")).Upstream, Is.Not.SameAs(first.Upstream));
        var second = await TakeAsync("b");
        _pool.Return(second, isClean: true);
        await _servers[^1].DisposeAsync();
        Assert.That((await TakeAsync("b")).Upstream, Is.Not.SameAs(second.Upstream));
    }

    private static PoolKey KeyOf(string settings) => new(null, Target, "app", settings);

    private static readonly UpstreamConfiguration Target =
        new() { Host = "localhost", Port = 1, User = "jitproxy", Password = null, Tls = UpstreamTlsMode.Disable, Ca = null };

    private Task<(Connection? Upstream, UpstreamFault? Fault)> DialAsync()
    {
        var (near, far) = MemoryConnection.CreatePair();
        _servers.Add(far);
        return Task.FromResult<(Connection?, UpstreamFault?)>((near, null));
    }

    private async Task<Lease<Connection>> TakeAsync(string settings)
    {
        var (lease, fault) = await _pool.TakeAsync(KeyOf(settings), DialAsync, Long, CancellationToken.None);
        Assert.That(fault, Is.Null);
        return lease!;
    }
}
