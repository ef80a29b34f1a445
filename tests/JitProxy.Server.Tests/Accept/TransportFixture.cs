using System.Net;
using System.Net.Sockets;
using JitProxy.Server.Accept;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace JitProxy.Server.Tests.Accept;

/// <summary>One transport, one listener on a free port, and connections to it.</summary>
internal sealed class TransportFixture : IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    public TransportFixture(
        TransportKind kind,
        Func<Connection, CancellationToken, Task> serve,
        int connectionsMax = 100_000,
        Func<Connection, CancellationToken, Task>? refuse = null,
        ILogger? log = null,
        Func<Socket, CancellationToken, ValueTask<Socket>>? accept = null)
    {
        Transport = Transport.Create(new() { Kind = kind, LoopCount = 1 }, log ?? NullLogger.Instance);
        Limit = new(connectionsMax);
        Listener = Listener.Start(
            Transport,
            new IPEndPoint(IPAddress.Loopback, 0),
            Limit,
            new(serve, refuse),
            TimeProvider.System,
            log ?? NullLogger.Instance,
            accept);
        Connector = new(Transport, TimeProvider.System);
    }

    public Transport Transport { get; }

    public ConnectionLimit Limit { get; }

    public Listener Listener { get; }

    public Connector Connector { get; }

    public int Port => ((IPEndPoint)Listener.LocalEndPoint).Port;

    public async Task<Connection> ConnectAsync(Connection? beside = null)
    {
        var result = await Connector.ConnectAsync("127.0.0.1", Port, Soon, beside);
        return result.TryGet(out var connection, out var fault) ? connection : throw new IOException(fault);
    }

    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync();
        Transport.Dispose();
    }

    /// <summary>Sends back what comes, until the client ends its side.</summary>
    public static async Task EchoAsync(Connection connection, CancellationToken stop)
    {
        await connection.EnterLoopAsync();
        while (true)
        {
            var read = await connection.Input.ReadAsync(stop);
            connection.Output.WriteAll(read.Buffer);
            connection.Input.AdvanceTo(read.Buffer.End);
            await connection.Output.FlushAsync(stop);
            if (read.IsCompleted)
                return;
        }
    }
}
