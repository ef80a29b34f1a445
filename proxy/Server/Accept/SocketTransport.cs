using System.Net;
using System.Net.Sockets;

namespace JitProxy.Server.Accept;

/// <summary>The portable transport.</summary>
/// <remarks>
/// Set DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 before the process starts, or each message costs two hand-overs
/// between threads.
/// </remarks>
internal sealed class SocketTransport(TransportOptions options) : Transport(options)
{
    /// <inheritdoc/>
    protected override ByteChannel Open(Socket socket) => new SocketChannel(socket, RemoteOf(socket));

    /// <inheritdoc/>
    protected override async ValueTask<ByteChannel> ConnectAsync(
        Socket socket, EndPoint address, ByteChannel? beside, CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        return new SocketChannel(socket, address);
    }
}
