using System.Diagnostics;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Server.Share;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Clients that fall silent, whose sessions are let go of, and that cannot tell when they speak again.</summary>
[TestFixture]
internal sealed class VisitTests
{
    private const string Approved = "SELECT id, note FROM orders";

    [Test]
    public async Task Prepared_statements_live_on()
    {
        await using var f = await new VisitFixture().StartAsync();
        await f.GrantAsync(Approved);
        Assert.That(await f.Client.Parse("mine", Approved).Bind("", "mine").Execute("").Sync().RunAsync(), Does.EndWith("Row(1,a) Done(SELECT 1) Ready(I)"));
        for (var round = 0; round < 3; round++)
        {
            await f.RestAsync();
            Assert.That(f.Upstream, Is.Null);
            Assert.That(await f.Client.Bind("", "mine").Execute("").Sync().RunAsync(), Is.EqualTo("BindComplete Row(1,a) Done(SELECT 1) Ready(I)"));
        }

        Assert.That(f.SessionCount, Is.EqualTo(4));
    }

    [Test]
    public async Task What_was_refused_last_can_be_asked_for_later()
    {
        await using var f = await new VisitFixture().StartAsync();
        Assert.That(await f.Client.Query("SELECT ssn FROM customers").RunAsync(), Does.StartWith("ERROR(42501)"));
        await f.RestAsync();
        Assert.That(await f.Client.Query("JIT REQUEST '1h' REASON 'ticket 7'").RunAsync(), Does.Contain("Row(1,pending"));
        Assert.That(f.Desk.List(new()).Single().Statement, Is.EqualTo("SELECT ssn FROM customers"));
    }

    [Test]
    public async Task A_client_in_the_middle_of_something_does_not_rest()
    {
        await using var f = await new VisitFixture().StartAsync();

        // After a refusal the rest of the pipeline is skipped, up to a Sync that did not come yet.
        await f.Client.Parse("", "SELECT ssn FROM customers").Flush().SendAsync();
        Assert.That(await f.Client.HearOneAsync(), Does.StartWith("ERROR(42501)"));
        f.AskToRest();
        Assert.That(await f.Client.Bind("", "").Execute("").Sync().RunAsync(), Is.EqualTo("Ready(I)"));

        await f.Client.Query("BEGIN").RunAsync();
        f.AskToRest();
        Assert.That(await f.Client.Query("COMMIT").RunAsync(), Does.EndWith("Ready(I)"));
        Assert.That(f.SessionCount, Is.EqualTo(1));
    }

    [Test]
    public async Task Nobody_is_told_that_a_session_rests()
    {
        Assert.That(Farewells.Of(SessionEnd.Resting), Is.Null);
        await using var f = await new VisitFixture().StartAsync();
        await f.RestAsync();
        Assert.That(await f.Client.Query("SELECT ssn FROM customers").RunAsync(), Does.StartWith("ERROR(42501)"), "the first that it hears is the answer");
    }

    [Test]
    public async Task A_removed_user_is_told_and_put_out()
    {
        await using var f = await new VisitFixture().StartAsync();
        await f.RestAsync();
        Assert.That(f.Users.Remove("alice", Actor.Administrator), Is.Null);
        f.Watch.LookAtAll();
        Assert.That(await f.Client.HearAsync(), Is.EqualTo("FATAL(28000) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.Evicted));
    }

    [Test]
    public async Task A_proxy_that_stops_says_so()
    {
        await using var f = await new VisitFixture().StartAsync();
        await f.RestAsync();
        f.Stop();
        Assert.That(await f.Client.HearAsync(), Is.EqualTo("FATAL(57P01) closed"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ProxyStopped));
    }

    [Test]
    public async Task A_client_that_leaves_is_noticed()
    {
        await using var f = await new VisitFixture().StartAsync();
        await f.RestAsync();
        Assert.That(f.Visit.CancelByClient, Throws.Nothing);
        await f.Client.Connection.ShutdownOutputAsync();
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ClientClosed));
    }

    private sealed class VisitFixture : SessionWorld, IUpstreamSource<Connection>
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<SessionUpstream> _servers = [];
        private readonly UpstreamPool<Connection> _pool;
        private readonly Connection _proxyClient;
        private Task<SessionEnd>? _running;

        public VisitFixture()
            : base("postgresql", "shop/app.public", SessionFixture.CatalogueWith(), "{}", "{}", "", null)
        {
            var (near, proxyClient) = MemoryConnection.CreatePair();
            (_proxyClient, Client) = (proxyClient, new(near));
            _pool = new(static () => new() { Idle = 0 }, static c => c, static (_, _) => Task.FromResult(true), Clock);
            Visit = new(this, new PooledConnection<Connection>(proxyClient, _pool, this), proxyClient);
        }

        public SessionClient Client { get; }

        public TestVisit Visit { get; }

        public int SessionCount => Visit.Count;

        public Connection? Upstream => ((OnDemandConnection)Visit.Upstream).Current;

        public PoolKey Key => new(null, Configuration.Servers["shop"].Upstream, "app", "");

        public async Task<VisitFixture> StartAsync()
        {
            await Catalogues.RefreshAsync(Database, CancellationToken.None);
            _running = Task.Run(RunAsync);
            return this;
        }

        public Task<SessionEnd> EndAsync() => _running!.WaitAsync(Frames.Soon);

        public void Stop() => _stop.Cancel();

        public void AskToRest()
        {
            if (Visit.Session is not { } session)
                return;

            ((OnDemandConnection)Visit.Upstream).LeaveSoon(() => session.MayLeaveUpstream);
            session.RestSoon();
        }

        public async Task RestAsync()
        {
            var clock = Stopwatch.StartNew();
            while (!Visit.IsResting)
            {
                AskToRest();
                await Task.Yield();
                Assert.That(clock.Elapsed, Is.LessThan(Frames.Soon), "the client rests");
            }
        }

        public Task<(Connection? Upstream, UpstreamFault? Fault)> DialAsync(CancellationToken stop)
        {
            var (ours, far) = MemoryConnection.CreatePair();
            var server = new SessionUpstream(far);
            server.Play(new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a")));
            _servers.Add(server);
            return Task.FromResult<(Connection?, UpstreamFault?)>((ours, null));
        }

        public ValueTask<bool> IsUnchangedAsync(CancellationToken stop) => new(true);

        public bool IsAsTold(Connection upstream) => true;

        public void OnLost(string why) => Assert.Fail(why);

        public override async ValueTask DisposeAsync()
        {
            Client.Connection.Abort();
            await _stop.CancelAsync();
            await EndAsync();
            Visit.End();
            foreach (var server in _servers)
            {
                server.Connection.Abort();
                await server.StoppedAsync();
            }

            _pool.Dispose();
            await CloseAsync();
            _stop.Dispose();
        }

        // As the door does it: the connection is closed behind the visit.
        private async Task<SessionEnd> RunAsync()
        {
            await using (_proxyClient)
                return await Visit.RunAsync(_stop.Token);
        }
    }

    private sealed class TestVisit(SessionWorld world, OnDemandConnection upstream, Connection client) : Visit(client, world.Services)
    {
        private readonly SessionObjects _objects = new();
        private SessionJudge? _judge;

        public int Count { get; private set; }

        public PostgresSession? Session { get; private set; }

        public override SessionIdentity Who { get; } = new("alice", "10.0.0.1:5000", "shop", "app", SqlDialect.PostgreSql);

        public override Connection Upstream => upstream;

        public override bool IsWelcome => world.Users.Contains("alice");

        public override void End() => upstream.Leave(LeavesUpstreamClean);

        protected override DatabaseSession Open()
        {
            Count++;
            _judge ??= new(world.Services.Gate, world.Services.Recorder, Who);
            return Session = new(
                world.Services, Who, Client, upstream, static _ => Task.CompletedTask, () => IsWelcome, keepsUpstream: true, kept: (_judge, _objects));
        }
    }
}
