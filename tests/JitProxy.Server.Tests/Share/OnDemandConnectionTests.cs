using System.Buffers;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions;
using JitProxy.Server.Share;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Share;

/// <summary>A session's connection that is there only while it is needed: when it is taken, when it is left, and what becomes of bytes in between.</summary>
[TestFixture]
internal sealed class OnDemandConnectionTests : IUpstreamSource<Connection>
{
    private readonly List<Connection> _servers = [];
    private readonly List<string> _lost = [];
    private UpstreamPool<Connection> _pool = null!;
    private PooledConnection<Connection> _upstream = null!;
    private UpstreamFault? _fault;
    private Task _gate = Task.CompletedTask;
    private Func<bool> _unchanged = static () => true;
    private bool _isAsTold = true;

    public PoolKey Key { get; private set; }

    [SetUp]
    public void Start()
    {
        (_fault, _gate, _unchanged, _isAsTold) = (null, Task.CompletedTask, static () => true, true);
        _servers.Clear();
        _lost.Clear();
        _pool = new(
            static () => new() { Max = 2, Idle = 2 }, static connection => connection, static (_, _) => Task.FromResult(true), TimeProvider.System);
        var target = new UpstreamConfiguration { Host = "h", Port = 1, User = "u", Password = null, Tls = UpstreamTlsMode.Disable, Ca = null };
        Key = new(null, target, "d", "s");
        _upstream = new(MemoryConnection.CreatePair().One, _pool, this);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _upstream.Leave(isClean: false);
        _pool.Dispose();
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    [Test]
    public async Task Nothing_is_taken_before_something_is_sent()
    {
        var read = _upstream.Input.ReadAsync().AsTask();
        await _upstream.Output.FlushAsync();
        Assert.That(_servers, Is.Empty);
        Write("select");
        Assert.That(_servers, Is.Empty);
        Assert.That(_upstream.Output.UnflushedBytes, Is.EqualTo(6));
        await _upstream.Output.FlushAsync();
        Assert.That(await ReceivedAsync(_servers.Single()), Is.EqualTo("select"));

        // The reader hears of the connection, and then of its bytes.
        var heard = await read;
        Assert.That(heard, Is.EqualTo((true, true)).Using<System.IO.Pipelines.ReadResult, (bool, bool)>(static (r, e) => (r.IsCanceled, r.Buffer.IsEmpty) == e));
        _upstream.Input.AdvanceTo(heard.Buffer.Start);
        await AnswerAsync(_servers.Single(), "one");
        Assert.That(await ReadAsync(), Is.EqualTo("one"));
    }

    [Test]
    public async Task Left_connection_is_the_next_one_s_and_what_follows_takes_another()
    {
        var left = 0;
        _upstream.OnLeft = () => left++;
        await SendAsync("one");
        var first = _upstream.Current;
        var read = _upstream.Input.ReadAsync().AsTask();
        _upstream.LeaveSoon(static () => true);
        _upstream.Input.AdvanceTo((await read).Buffer.Start);
        var wait = _upstream.Input.ReadAsync().AsTask();
        Assert.That(_upstream.Current, Is.Null);
        Assert.That(wait.IsCompleted, Is.False);
        Assert.That(left, Is.EqualTo(1));
        await SendAsync("two");
        Assert.That(_upstream.Current, Is.SameAs(first), "it waited in the pool, as new");
        Assert.That((await wait).IsCanceled, Is.True);
    }

    [Test]
    public async Task Connection_is_kept_if_the_server_said_something_or_the_session_is_busy_again()
    {
        await SendAsync("one");
        var isIdle = true;
        var read = _upstream.Input.ReadAsync().AsTask();
        _upstream.LeaveSoon(() => isIdle);
        isIdle = false;
        _upstream.Input.AdvanceTo((await read).Buffer.Start);
        await AnswerAsync(_servers.Single(), "a notice");
        Assert.That(await ReadAsync(), Is.EqualTo("a notice"));
        Assert.That(_upstream.Current, Is.Not.Null);

        isIdle = true;
        read = _upstream.Input.ReadAsync().AsTask();
        _upstream.LeaveSoon(() => isIdle);
        var cancelled = await read;
        await AnswerAsync(_servers.Single(), "late");
        _upstream.Input.AdvanceTo(cancelled.Buffer.Start);
        Assert.That(await ReadAsync(), Is.EqualTo("late"));
        Assert.That(_upstream.Current, Is.Not.Null);
    }

    [Test]
    public void Session_hears_that_no_connection_is_to_be_had()
    {
        _fault = new("h:1 does not answer");
        Assert.That(() => SendAsync("x"), Throws.InstanceOf<PeerLostException>().With.Property("End").EqualTo(SessionEnd.UpstreamUnavailable));
        Assert.That(_lost.Single(), Does.Contain("does not answer"));
    }

    [Test]
    public void Session_hears_that_the_server_does_not_say_what_its_names_mean()
    {
        _unchanged = () => throw new CatalogueFaultException(new("h:1 does not answer"));
        Assert.That(() => SendAsync("x"), Throws.InstanceOf<PeerLostException>().With.Property("End").EqualTo(SessionEnd.UpstreamUnavailable));
        Assert.That(_lost.Single(), Does.Contain("does not answer"));
    }

    [Test]
    public void Session_ends_if_the_server_is_configured_otherwise_or_says_otherwise_by_now()
    {
        _unchanged = static () => false;
        Assert.That(() => SendAsync("x"), Throws.InstanceOf<PeerLostException>().With.Property("End").EqualTo(SessionEnd.UpstreamChanged));
        Assert.That(_servers, Is.Empty);
        _unchanged = static () => true;
        _isAsTold = false;
        Assert.That(() => SendAsync("x"), Throws.InstanceOf<PeerLostException>().With.Property("End").EqualTo(SessionEnd.UpstreamChanged));
        Assert.That(_servers.Single().Input.TryRead(out _), Is.False, "nothing was sent there");
    }

    [Test]
    public async Task Session_that_ends_waits_for_no_connection()
    {
        var gate = new TaskCompletionSource();
        _gate = gate.Task;
        var read = _upstream.Input.ReadAsync().AsTask();
        var sending = SendAsync("x");
        Assert.That(sending.IsCompleted, Is.False);
        _upstream.Input.CancelPendingRead();
        Assert.That((await read).IsCanceled, Is.True);
        Assert.That(() => sending, Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Cancelled_read_that_nobody_waited_for_is_not_lost()
    {
        _upstream.Input.CancelPendingRead();
        Assert.That((await _upstream.Input.ReadAsync()).IsCanceled, Is.True);
        Assert.That(_upstream.Input.ReadAsync().AsTask().IsCompleted, Is.False);
    }

    public ValueTask<bool> IsUnchangedAsync(CancellationToken stop) => new(_unchanged());

    public bool IsAsTold(Connection upstream) => _isAsTold;

    public void OnLost(string why) => _lost.Add(why);

    public async Task<(Connection? Upstream, UpstreamFault? Fault)> DialAsync(CancellationToken stop)
    {
        await _gate.WaitAsync(stop);
        if (_fault is not null)
            return (null, _fault);

        var (ours, server) = MemoryConnection.CreatePair();
        _servers.Add(server);
        return (ours, null);
    }

    private void Write(string text) => _upstream.Output.Write(Encoding.ASCII.GetBytes(text));

    private async Task SendAsync(string text)
    {
        Write(text);
        await _upstream.Output.FlushAsync();
    }

    private async Task<string> ReadAsync()
    {
        while (true)
        {
            var read = await _upstream.Input.ReadAsync();
            var text = Encoding.ASCII.GetString(read.Buffer);
            _upstream.Input.AdvanceTo(read.Buffer.End);
            if (text.Length > 0)
                return text;
        }
    }

    private static async Task<string> ReceivedAsync(Connection server)
    {
        var read = await server.Input.ReadAsync();
        var text = Encoding.ASCII.GetString(read.Buffer);
        server.Input.AdvanceTo(read.Buffer.End);
        return text;
    }

    private static async Task AnswerAsync(Connection server, string text)
    {
        server.Output.Write(Encoding.ASCII.GetBytes(text));
        await server.Output.FlushAsync();
    }
}
