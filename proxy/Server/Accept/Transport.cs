using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Accept;

/// <summary>Turns sockets into connections. One of each kind per process; it outlives its listeners and connections.</summary>
internal abstract class Transport(TransportOptions options) : IDisposable
{
    private const int TcpUserTimeout = 18;

    /// <summary>What the transport was made with.</summary>
    public TransportOptions Options { get; } = options;

    /// <summary>Sockets, client and upstream, by loop; empty if it has none. Safe on any thread.</summary>
    public virtual IReadOnlyList<int> SocketsByLoop => [];

    /// <summary>Makes the transport that <paramref name="options"/> ask for.</summary>
    /// <exception cref="PlatformNotSupportedException">Epoll was asked for elsewhere than on Linux.</exception>
    public static Transport Create(TransportOptions options, ILogger log)
    {
        if (Resolve(options.Kind) == TransportKind.Socket)
            return new SocketTransport(options);
        if (OperatingSystem.IsLinux())
            return new EpollTransport(options, log);
        throw new PlatformNotSupportedException("The epoll transport needs Linux.");
    }

    /// <summary>The kind that is meant: Auto is the best that the system has.</summary>
    public static TransportKind Resolve(TransportKind kind) =>
        kind != TransportKind.Auto ? kind : OperatingSystem.IsLinux() ? TransportKind.Epoll : TransportKind.Socket;

    /// <summary>A socket of the kind that <paramref name="address"/> needs.</summary>
    public static Socket NewSocket(EndPoint address) => address.AddressFamily == AddressFamily.Unix
        ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Takes over a socket that was just accepted.</summary>
    public Connection Accept(Socket socket)
    {
        Tune(socket);
        return new ChannelConnection(Open(socket));
    }

    /// <summary>Connects to an address; <paramref name="beside"/> names a connection whose thread the new one should share.</summary>
    /// <exception cref="SocketException">It did not work.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async ValueTask<Connection> ConnectAsync(EndPoint address, Connection? beside, CancellationToken cancellationToken)
    {
        var socket = NewSocket(address);
        try
        {
            Tune(socket);
            var channel = await ConnectAsync(socket, address, (beside as ChannelConnection)?.Channel, cancellationToken).ConfigureAwait(false);
            return new ChannelConnection(channel);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>The other end as people know it: an IPv4 client of a listener for both versions has an IPv4 address.</summary>
    protected static EndPoint? RemoteOf(Socket socket) =>
        socket.RemoteEndPoint is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped
            ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port)
            : socket.RemoteEndPoint;

    /// <summary>Makes a channel of a connected socket.</summary>
    protected abstract ByteChannel Open(Socket socket);

    /// <summary>Connects a socket and makes a channel of it.</summary>
    protected abstract ValueTask<ByteChannel> ConnectAsync(
        Socket socket, EndPoint address, ByteChannel? beside, CancellationToken cancellationToken);

    private void Tune(Socket socket)
    {
        if (socket.ProtocolType != ProtocolType.Tcp)
            return;

        // Answers are sent whole, so waiting for more to fill a packet only delays them.
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Options.KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Options.KeepAliveIntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Options.KeepAliveProbes);

        // Keep-alive is silent while bytes are unacknowledged; without this a dead peer is noticed after a quarter of an hour.
        if (OperatingSystem.IsLinux())
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(Options.UnacknowledgedMs));
    }
}
