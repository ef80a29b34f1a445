using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using JitProxy.Server.Accept;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Accept;

/// <summary>TLS on both ends, over both transports.</summary>
[TestFixture(TransportKind.Socket)]
[TestFixture(TransportKind.Epoll)]
internal sealed class TlsTests(TransportKind kind)
{
    private static readonly SslApplicationProtocol Postgres = new("postgresql");

    [Test]
    public async Task Handshake_after_a_request_in_clear_makes_an_encrypted_connection()
    {
        using var identity = TestCertificate.Create();
        TlsSession? agreed = null;
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            Assert.That(await connection.ReadExactlyAsync(8), Has.Length.EqualTo(8));
            connection.Output.Write("S"u8);
            await connection.Output.FlushAsync(stop);
            await connection.UpgradeToServerTlsAsync(identity.ServerOptions(Postgres), TlsStart.Requested, stop);
            agreed = connection.Tls;
            await TransportFixture.EchoAsync(connection, stop);
        });
        await using var client = await fixture.ConnectAsync();
        Assert.That(client.IsTls, Is.False);
        await client.SendAsync(new byte[8]);
        Assert.That(await client.ReadExactlyAsync(1), Is.EqualTo("S"u8.ToArray()));
        await client.UpgradeToClientTlsAsync(ClientOptions(Postgres));

        Assert.That(client.IsTls, Is.True);
        Assert.That(client.Tls!.ApplicationProtocol, Is.EqualTo("postgresql"));
        Assert.That(client.Tls.ServerCertificate!.RawData, Is.EqualTo(identity.Certificate.RawData));
        await client.SendAsync("secret"u8.ToArray());
        Assert.That(await client.ReadExactlyAsync(6), Is.EqualTo("secret"u8.ToArray()));
        Assert.That(agreed!.ServerCertificate!.RawData, Is.EqualTo(identity.Certificate.RawData));
        Assert.That(agreed.Protocol, Is.EqualTo(SslProtocols.Tls13));
    }

    [Test]
    public async Task Direct_handshake_is_recognised_by_its_first_byte_and_goes_on_from_there()
    {
        using var identity = TestCertificate.Create();
        await using var fixture = new TransportFixture(kind, (connection, stop) => ServeDirectAsync(connection, identity, stop));
        await using var client = await fixture.ConnectAsync();
        await client.UpgradeToClientTlsAsync(ClientOptions(Postgres));
        await client.SendAsync("direct"u8.ToArray());

        Assert.That(await client.ReadExactlyAsync(6), Is.EqualTo("direct"u8.ToArray()));
    }

    [Test]
    public async Task Direct_handshake_without_a_protocol_name_is_refused()
    {
        using var identity = TestCertificate.Create();
        var refusal = new TaskCompletionSource<Exception?>();
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            try
            {
                await ServeDirectAsync(connection, identity, stop);
                refusal.SetResult(null);
            }
            catch (AuthenticationException refused)
            {
                refusal.SetResult(refused);
            }
        });
        await using var client = await fixture.ConnectAsync();
        await client.UpgradeToClientTlsAsync(ClientOptions());

        Assert.That(await refusal.Task.WaitAsync(TransportFixture.Soon), Is.InstanceOf<AuthenticationException>());
    }

    [Test]
    public async Task Bytes_ahead_of_a_requested_handshake_are_refused_on_the_server_side()
    {
        using var identity = TestCertificate.Create();
        var refusal = new TaskCompletionSource<Exception?>();
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            // Request and stowaway come as one; the login consumes the request only.
            while (true)
            {
                var read = await connection.Input.ReadAsync(stop);
                if (read.Buffer.Length >= 9)
                {
                    connection.Input.AdvanceTo(read.Buffer.GetPosition(8));
                    break;
                }

                connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }

            try
            {
                await connection.UpgradeToServerTlsAsync(identity.ServerOptions(Postgres), TlsStart.Requested, stop);
                refusal.SetResult(null);
            }
            catch (EarlyBytesException early)
            {
                refusal.SetResult(early);
            }
        });
        await using var client = await fixture.ConnectAsync();
        await client.SendAsync(new byte[9]);

        Assert.That(await refusal.Task.WaitAsync(TransportFixture.Soon), Is.InstanceOf<EarlyBytesException>());
    }

    [Test]
    public async Task Bytes_ahead_of_the_handshake_are_refused_on_the_client_side()
    {
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            connection.Output.Write("Sx"u8);
            await connection.Output.FlushAsync(stop);
            _ = await connection.PeekFirstByteAsync(stop);
        });
        await using var client = await fixture.ConnectAsync();
        while (true)
        {
            var read = await client.Input.ReadAsync();
            if (read.Buffer.Length == 2)
            {
                client.Input.AdvanceTo(read.Buffer.GetPosition(1));
                break;
            }

            client.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        Assert.That(async () => await client.UpgradeToClientTlsAsync(ClientOptions()), Throws.InstanceOf<EarlyBytesException>());
    }

    [Test]
    public async Task Plain_reader_of_before_is_useless_after_the_handshake()
    {
        using var identity = TestCertificate.Create();
        await using var fixture = new TransportFixture(kind, (connection, stop) => ServeDirectAsync(connection, identity, stop));
        await using var client = await fixture.ConnectAsync();
        var (input, output) = (client.Input, client.Output);
        await client.UpgradeToClientTlsAsync(ClientOptions(Postgres));

        Assert.That(async () => await input.ReadAsync(), Throws.InstanceOf<IOException>());
        Assert.That(() => output.GetMemory(1), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Garbage_instead_of_a_handshake_is_an_authentication_failure()
    {
        using var identity = TestCertificate.Create();
        var refusal = new TaskCompletionSource<Exception?>();
        await using var fixture = new TransportFixture(kind, async (connection, stop) =>
        {
            try
            {
                await connection.UpgradeToServerTlsAsync(identity.ServerOptions(), TlsStart.Requested, stop);
                refusal.SetResult(null);
            }
            catch (Exception failed) when (failed is AuthenticationException or IOException)
            {
                refusal.SetResult(failed);
            }
        });
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(fixture.Listener.LocalEndPoint);
        peer.Send("GET / HTTP/1.1\r\n\r\n"u8);

        Assert.That(await refusal.Task.WaitAsync(TransportFixture.Soon), Is.Not.Null);
    }

    [Test]
    public async Task Twenty_megabytes_go_both_ways_unchanged()
    {
        using var identity = TestCertificate.Create();
        await using var fixture = new TransportFixture(kind, (connection, stop) => ServeDirectAsync(connection, identity, stop));
        await using var client = await fixture.ConnectAsync();
        await client.UpgradeToClientTlsAsync(ClientOptions(Postgres));
        var block = new byte[100_000];
        new Random(3).NextBytes(block);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
                await client.SendAsync(block);
            await client.ShutdownOutputAsync();
        });

        using var readHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var sentHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < 200; i++)
            sentHash.AppendData(block);
        while (true)
        {
            var read = await client.Input.ReadAsync();
            Assert.That(read.Buffer.IsSingleSegment, Is.True);
            readHash.AppendData(read.Buffer.FirstSpan);
            client.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        await sending;
        Assert.That(readHash.GetHashAndReset(), Is.EqualTo(sentHash.GetHashAndReset()));
    }

    [Test]
    public async Task Read_through_tls_can_be_cancelled_and_loses_nothing()
    {
        using var identity = TestCertificate.Create();
        await using var fixture = new TransportFixture(kind, (connection, stop) => ServeDirectAsync(connection, identity, stop));
        await using var client = await fixture.ConnectAsync();
        await client.UpgradeToClientTlsAsync(ClientOptions(Postgres));
        var waiting = client.Input.ReadAsync().AsTask();
        client.Input.CancelPendingRead();
        var canceled = await waiting.WaitAsync(TransportFixture.Soon);
        Assert.That(canceled.IsCanceled, Is.True);
        client.Input.AdvanceTo(canceled.Buffer.Start);

        using var cancel = new CancellationTokenSource();
        var second = client.Input.ReadAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        Assert.That(async () => await second.WaitAsync(TransportFixture.Soon), Throws.InstanceOf<OperationCanceledException>());

        await client.SendAsync("still here"u8.ToArray());
        Assert.That(await client.ReadExactlyAsync(10), Is.EqualTo("still here"u8.ToArray()));
    }

    [Test]
    public async Task Abort_ends_a_read_through_tls()
    {
        using var identity = TestCertificate.Create();
        await using var fixture = new TransportFixture(kind, (connection, stop) => ServeDirectAsync(connection, identity, stop));
        await using var client = await fixture.ConnectAsync();
        await client.UpgradeToClientTlsAsync(ClientOptions(Postgres));
        var read = client.Input.ReadAsync().AsTask();
        client.Abort();

        Assert.That(async () => await read.WaitAsync(TransportFixture.Soon), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Idle_tls_connections_hold_little()
    {
        const int Count = 300;
        using var identity = TestCertificate.Create();
        await using var fixture = new TransportFixture(kind, (connection, stop) => ServeDirectAsync(connection, identity, stop));
        var clients = new List<Connection>(Count);
        var before = Memory();
        for (var i = 0; i < Count; i++)
        {
            var client = await fixture.ConnectAsync();
            await client.UpgradeToClientTlsAsync(ClientOptions(Postgres));
            await client.SendAsync("x"u8.ToArray());
            _ = await client.ReadExactlyAsync(1);
            clients.Add(client);
        }

        var (managed, resident) = Memory();
        managed = (managed - before.Managed) / (2 * Count);
        resident = (resident - before.Resident) / (2 * Count);
        TestContext.Out.WriteLine($"{kind}: {managed} managed bytes, {resident} bytes in all per idle TLS connection end");
        foreach (var client in clients)
            await client.DisposeAsync();

        Assert.That(managed, Is.LessThan(32_000));
    }

    private static (long Managed, long Resident) Memory() =>
        (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);

    private static async Task ServeDirectAsync(Connection connection, TlsIdentity identity, CancellationToken stop)
    {
        Assert.That(await connection.PeekFirstByteAsync(stop), Is.EqualTo(0x16));
        await connection.UpgradeToServerTlsAsync(identity.ServerOptions(Postgres), TlsStart.Direct, stop);
        await TransportFixture.EchoAsync(connection, stop);
    }

    private static SslClientAuthenticationOptions ClientOptions(params SslApplicationProtocol[] protocols) => new()
    {
        TargetHost = "localhost",
        ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols],
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=localhost",
    };
}
