using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using JitProxy.Server.Accept;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Accept;

/// <summary>Accepting, refusing, connecting and stopping.</summary>
[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
internal sealed class ListenerTests(TransportKind kind)
{
    [Test]
    public async Task Connections_beyond_the_limit_are_told_so_and_the_place_is_given_back()
    {
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync, connectionsMax: 2, refuse: async (connection, stop) =>
        {
            connection.Output.Write("too many"u8);
            await connection.Output.FlushAsync(stop);
            await connection.LingerAsync(TransportFixture.Soon, TimeProvider.System);
        });
        var first = await OpenAsync(fixture);
        await using var second = await OpenAsync(fixture);
        await using (var third = await fixture.ConnectAsync())
            Assert.That(await third.ReadExactlyAsync(100), Is.EqualTo("too many"u8.ToArray()));

        await first.DisposeAsync();
        Assert.That(() => fixture.Limit.Count, Is.EqualTo(1).After(5_000, 10));
        await using var fourth = await OpenAsync(fixture);
        Assert.That(fixture.Limit.Count, Is.EqualTo(2));
    }

    [Test]
    public async Task Session_that_fails_is_logged_and_the_next_client_is_served()
    {
        var log = new RecordingLog();
        using var transport = Transport.Create(new() { Kind = kind, LoopCount = 1 }, log);
        var first = true;
        await using var listener = Listener.Start(
            transport,
            new IPEndPoint(IPAddress.Loopback, 0),
            new(10),
            new((connection, stop) =>
            {
                if (!first)
                    return TransportFixture.EchoAsync(connection, stop);
                first = false;
                throw new InvalidOperationException("a defect");
            }),
            TimeProvider.System,
            log);
        var connector = new Connector(transport, TimeProvider.System);
        var port = ((IPEndPoint)listener.LocalEndPoint).Port;
        await using (var failing = (await connector.ConnectAsync("127.0.0.1", port, TransportFixture.Soon)).Connection!)
            Assert.That(await failing.PeekFirstByteAsync(), Is.EqualTo(-1));
        await using var served = (await connector.ConnectAsync("localhost", port, TransportFixture.Soon)).Connection!;
        await served.SendAsync("a"u8.ToArray());

        Assert.That(await served.ReadExactlyAsync(1), Is.EqualTo("a"u8.ToArray()));
        Assert.That(log.Lines, Has.One.Contains("a defect"));
    }

    [Test]
    public async Task Stop_lets_sessions_finish_and_accepts_no_more()
    {
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            using var stopped = stop.Register(connection.Input.CancelPendingRead);
            while (!(await connection.Input.ReadAsync(CancellationToken.None)).IsCanceled)
                connection.Input.AdvanceTo(default);
            connection.Output.Write("bye"u8);
            await connection.Output.FlushAsync(CancellationToken.None);
        });
        await using var client = await fixture.ConnectAsync();
        Assert.That(() => fixture.Listener.OpenCount, Is.EqualTo(1).After(5_000, 10));
        var inTime = await fixture.Listener.StopAsync(TransportFixture.Soon);

        Assert.That(inTime, Is.True);
        Assert.That(await client.ReadExactlyAsync(100), Is.EqualTo("bye"u8.ToArray()));
        var late = await fixture.Connector.ConnectAsync("127.0.0.1", fixture.Port, TransportFixture.Soon);
        Assert.That(late.Connection, Is.Null);
    }

    [Test]
    public async Task Stop_aborts_sessions_that_do_not_finish()
    {
        await using var fixture = new TransportFixture(kind, async (connection, _) =>
        {
            while (true)
            {
                var read = await connection.Input.ReadAsync(CancellationToken.None);
                connection.Input.AdvanceTo(read.Buffer.End);
            }
        });
        await using var client = await fixture.ConnectAsync();
        Assert.That(() => fixture.Listener.OpenCount, Is.EqualTo(1).After(5_000, 10));

        Assert.That(await fixture.Listener.StopAsync(TimeSpan.FromMilliseconds(50)), Is.False);
        Assert.That(() => fixture.Listener.OpenCount, Is.Zero.After(5_000, 10));
        Assert.That(async () => await client.PeekFirstByteAsync(), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Connecting_where_nobody_listens_says_where_and_why()
    {
        using var transport = Transport.Create(new() { Kind = kind, LoopCount = 1 }, NullLogger.Instance);
        using var reserved = new Socket(SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)reserved.LocalEndPoint!).Port;
        var result = await new Connector(transport, TimeProvider.System).ConnectAsync("127.0.0.1", port, TransportFixture.Soon);

        Assert.That(result.TryGet(out _, out var fault), Is.False);
        Assert.That(fault, Does.Contain($"127.0.0.1:{port}").And.Contain("refused"));
    }

    [Test]
    public async Task Connecting_to_an_unknown_name_says_so()
    {
        using var transport = Transport.Create(new() { Kind = kind, LoopCount = 1 }, NullLogger.Instance);
        var result = await new Connector(transport, TimeProvider.System).ConnectAsync("no-such-host.invalid", 5432, TransportFixture.Soon);

        Assert.That(result.TryGet(out _, out var fault), Is.False);
        Assert.That(fault, Does.StartWith("cannot connect to no-such-host.invalid:5432: "));
    }

    [Test]
    public async Task Connecting_to_someone_who_does_not_answer_takes_no_longer_than_asked()
    {
        // A full backlog of one: the kernel leaves further connection requests unanswered.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var port = ((IPEndPoint)full.LocalEndPoint!).Port;
        using var transport = Transport.Create(new() { Kind = kind, LoopCount = 1 }, NullLogger.Instance);
        var connector = new Connector(transport, TimeProvider.System);
        var made = new List<Connection>();
        ConnectResult result;
        do
        {
            result = await connector.ConnectAsync("127.0.0.1", port, TimeSpan.FromMilliseconds(300));
            if (result.Connection is { } connection)
                made.Add(connection);
        }
        while (result.Connection is not null && made.Count < 10);

        Assert.That(result.Fault, Is.EqualTo($"cannot connect to 127.0.0.1:{port}: no answer within 0.3 s"));
        foreach (var connection in made)
            await connection.DisposeAsync();
    }

    [Test]
    public async Task Accepting_goes_on_after_descriptors_ran_out_and_waits_in_between()
    {
        var log = new RecordingLog();
        var failures = new List<TimeSpan>();
        var clock = Stopwatch.StartNew();
        await using var fixture = new TransportFixture(kind, TransportFixture.EchoAsync, log: log, accept: (socket, stop) =>
        {
            if (failures.Count == 4)
                return socket.AcceptAsync(stop);
            failures.Add(clock.Elapsed);
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        });

        await using var served = await OpenAsync(fixture);
        Assert.That(failures, Has.Count.EqualTo(4));
        Assert.That(failures[3] - failures[0], Is.GreaterThan(TimeSpan.FromMilliseconds(50)), "10, 20 and 40 ms");
        Assert.That(log.Lines, Has.Exactly(4).Contains("Cannot accept on 127.0.0.1:"));
    }

    [Test]
    public async Task Address_in_use_is_refused_and_free_again_after_a_stop()
    {
        await using var fixture = new TransportFixture(kind, (_, _) => Task.CompletedTask);
        Listener Second() => Listener.Start(
            fixture.Transport, fixture.Listener.LocalEndPoint, new(1), new((_, _) => Task.CompletedTask), TimeProvider.System, NullLogger.Instance);

        Assert.That(Second, Throws.InstanceOf<SocketException>().With.Property("SocketErrorCode").EqualTo(SocketError.AddressAlreadyInUse));
        await using (var client = await fixture.ConnectAsync())
            Assert.That(await client.PeekFirstByteAsync(), Is.EqualTo(-1), "the server closes first and leaves the address in TIME_WAIT");
        await fixture.Listener.StopAsync(TransportFixture.Soon);
        await using var again = Second();
        Assert.That(again.LocalEndPoint, Is.EqualTo(fixture.Listener.LocalEndPoint));
    }

    [Test]
    public async Task Listener_on_any_address_serves_both_versions_and_names_clients_as_they_are()
    {
        using var transport = Transport.Create(new() { Kind = kind, LoopCount = 1 }, NullLogger.Instance);
        var seen = new ConcurrentQueue<string>();
        await using var listener = Listener.Start(
            transport,
            new IPEndPoint(IPAddress.IPv6Any, 0),
            new(10),
            new((connection, _) =>
            {
                seen.Enqueue(((IPEndPoint)connection.RemoteEndPoint!).Address.ToString());
                return Task.CompletedTask;
            }),
            TimeProvider.System,
            NullLogger.Instance);
        var connector = new Connector(transport, TimeProvider.System);
        foreach (var host in new[] { "127.0.0.1", "::1" })
        {
            var result = await connector.ConnectAsync(host, ((IPEndPoint)listener.LocalEndPoint).Port, TransportFixture.Soon);
            Assert.That(result.Fault, Is.Null);
            await using var client = result.Connection!;
            Assert.That(await client.PeekFirstByteAsync(), Is.EqualTo(-1));
        }

        Assert.That(seen, Is.EqualTo(new[] { "127.0.0.1", "::1" }));
    }

    [Test]
    public async Task Upstream_on_a_unix_socket_is_named_by_its_directory()
    {
        var directory = Directory.CreateTempSubdirectory("jitproxy");
        try
        {
            using var transport = Transport.Create(new() { Kind = kind, LoopCount = 1 }, NullLogger.Instance);
            var address = new UnixDomainSocketEndPoint(Path.Combine(directory.FullName, ".s.PGSQL.5432"));
            await using var listener = Listener.Start(
                transport, address, new(10), new(TransportFixture.EchoAsync), TimeProvider.System, NullLogger.Instance);
            var connector = new Connector(transport, TimeProvider.System);
            await using var client = (await connector.ConnectAsync(directory.FullName, 5432, TransportFixture.Soon)).Connection!;
            await client.SendAsync("a"u8.ToArray());

            Assert.That(await client.ReadExactlyAsync(1), Is.EqualTo("a"u8.ToArray()));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<Connection> OpenAsync(TransportFixture fixture)
    {
        var connection = await fixture.ConnectAsync();
        await connection.SendAsync("a"u8.ToArray());
        Assert.That(await connection.ReadExactlyAsync(1), Is.EqualTo("a"u8.ToArray()));
        return connection;
    }
}
