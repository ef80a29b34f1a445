using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Accept;

/// <summary>The Linux transport: own loops.</summary>
[SupportedOSPlatform("linux")]
internal sealed class EpollTransport : Transport
{
    private readonly EpollLoop[] _loops;
    private uint _next;

    /// <summary>Starts the loops.</summary>
    public EpollTransport(TransportOptions options, ILogger log)
        : base(options) =>
        _loops = [.. Enumerable.Range(0, options.LoopCount).Select(number => new EpollLoop(number, log))];

    /// <inheritdoc/>
    public override IReadOnlyList<int> SocketsByLoop => [.. _loops.Select(static loop => loop.SocketCount)];

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var loop in _loops)
            loop.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override ByteChannel Open(Socket socket)
    {
        socket.Blocking = false;
        return new EpollChannel(socket, RemoteOf(socket), NextLoop());
    }

    /// <inheritdoc/>
    protected override async ValueTask<ByteChannel> ConnectAsync(
        Socket socket, EndPoint address, ByteChannel? beside, CancellationToken cancellationToken)
    {
        socket.Blocking = false;
        var target = address.Serialize();
        var error = EpollNative.Connect(socket.SafeHandle, target);
        if (error is not (0 or EpollNative.InProgress))
            EpollNative.Throw(error);

        // Registered only now: a socket that does not connect yet would report that it hung up.
        var channel = new EpollChannel(socket, address, (beside as EpollChannel)?.Loop ?? NextLoop());
        try
        {
            if (error != 0)
                error = await new ConnectWait(channel, socket.SafeHandle, target).StartAsync(cancellationToken).ConfigureAwait(false);
            if (error != 0)
                EpollNative.Throw(error);
            return channel;
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    private EpollLoop NextLoop() => _loops[Interlocked.Increment(ref _next) % (uint)_loops.Length];

    /// <summary>Waits until a socket is connected or has failed to; its result is the error number.</summary>
    private sealed class ConnectWait(EpollChannel channel, SafeSocketHandle handle, SocketAddress target) : ChannelWait<int>(channel)
    {
        protected override bool TryFinish(out int result)
        {
            // A second connect tells how the first one goes.
            result = Channel.IsDead ? EpollNative.TryAgain : EpollNative.Connect(handle, target);
            if (result == EpollNative.IsConnected)
                result = 0;
            return result is not (EpollNative.StillConnecting or EpollNative.InProgress);
        }

        protected override bool Arm() => Channel.ArmWritable(this, default);

        protected override bool Disarm() => Channel.DisarmWritable();
    }
}
