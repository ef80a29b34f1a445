// A socket on an epoll loop. In the steady state a message costs one receive and one send: an event is remembered until
// the receive that uses it, and a receive that comes back short is not tried again before the next event.
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace JitProxy.Server.Accept;

/// <summary>A channel over a non-blocking socket whose events an <see cref="EpollLoop"/> reports.</summary>
/// <remarks>The <see cref="Socket"/> only owns the descriptor: none of its asynchronous methods may be used, ever.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class EpollChannel : ByteChannel
{
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly int _descriptor;
    private volatile bool _isDead;
    private volatile bool _isHungUp;
    private bool _isFull;
    private bool _isClosed;
    private int _closed;

    /// <summary>Takes over a socket that is connected, or connecting, and puts it on <paramref name="loop"/>.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public EpollChannel(Socket socket, EndPoint? remote, EpollLoop loop)
    {
        (_socket, _handle, RemoteEndPoint, Loop) = (socket, socket.SafeHandle, remote, loop);
        _descriptor = (int)_handle.DangerousGetHandle();
        loop.Register(this, _handle);
    }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; }

    /// <summary>The loop, for good.</summary>
    public EpollLoop Loop { get; }

    /// <summary>Under which the kernel reports events of this socket.</summary>
    public ulong Token { get; set; }

    /// <inheritdoc/>
    public override bool IsDead => _isDead;

    /// <inheritdoc/>
    protected override bool MayBeReadable => base.MayBeReadable || _isHungUp;

    /// <summary>The loop's call, on its thread.</summary>
    public void OnEvents(uint bits)
    {
        const uint Lost = EpollNative.Error | EpollNative.HangUp;

        // Data and FIN can come as one event. The receive for it would come back short and nothing would follow, so that
        // the end of the stream is remembered for good.
        if ((bits & (Lost | EpollNative.PeerHangUp)) != 0)
            _isHungUp = true;
        if ((bits & (Lost | EpollNative.PeerHangUp | EpollNative.In)) != 0)
            SignalReadable();
        if ((bits & (Lost | EpollNative.Out)) != 0)
            SignalWritable();
    }

    /// <inheritdoc/>
    public override void Schedule(IThreadPoolWorkItem work)
    {
        if (RunsInline)
            Loop.Post(work);
        else
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    /// <inheritdoc/>
    public override bool IsOnLoop => Loop.IsCurrent;

    /// <inheritdoc/>
    public override object? Thread => Loop;

    /// <inheritdoc/>
    public override void Post(Action work) => Loop.Post(work);

    /// <inheritdoc/>
    public override void ShutdownSend()
    {
        try
        {
            EpollNative.ShutdownSend(_handle);
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The connection was closed on this side.", closed);
        }
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        if (_isDead)
            return;

        _isDead = true;
        try
        {
            // What the kernel still holds is dropped: revoked is revoked.
            EpollNative.Reset(_handle);
        }
        catch (ObjectDisposedException)
        {
            // Gone already, which is what was wanted.
        }

        Loop.Post(WakeAll);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _isDead = true;
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;

        // On the loop, so that nothing is closed under an event that is being reported, and waiters run where they should.
        if (Loop.IsCurrent)
            Close();
        else
            Loop.Post(Close);
    }

    /// <inheritdoc/>
    protected override int Receive(Span<byte> buffer)
    {
        while (true)
        {
            var count = ReceiveOnce(buffer);
            if (count >= 0)
            {
                if (count == buffer.Length)
                    KeepReadable();
                return count;
            }

            // The kernel reports neither end nor error twice; asking again without end would be the alternative.
            if (-count == EpollNative.TryAgain && !_isHungUp)
                return WouldBlock;
            if (-count != EpollNative.Interrupted)
                EpollNative.Throw(-count);
        }
    }

    /// <inheritdoc/>
    protected override bool Peek()
    {
        try
        {
            return EpollNative.Peek(_handle) != -EpollNative.TryAgain;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    protected override int Send(ReadOnlySpan<byte> bytes)
    {
        if (_isFull)
        {
            // Nothing has changed since the kernel said no.
            if (!IsKnownWritable)
                return WouldBlock;

            ForgetWritable();
            _isFull = false;
        }

        var sent = 0;
        while (sent < bytes.Length)
        {
            var count = SendOnce(bytes[sent..]);
            if (count >= 0)
            {
                sent += count;
            }
            else if (-count == EpollNative.TryAgain)
            {
                // An event from before this call says nothing. Forgotten first and asked again, none can be missed.
                if (IsKnownWritable)
                {
                    ForgetWritable();
                    continue;
                }

                _isFull = true;
                return sent > 0 ? sent : WouldBlock;
            }
            else if (-count != EpollNative.Interrupted)
            {
                EpollNative.Throw(-count);
            }
        }

        return sent;
    }

    // Only the loop's thread closes, so that on it the number cannot come to mean another socket in the middle of a call.
    private bool OwnsDescriptor => Loop.IsCurrent && !_isClosed;

    private int ReceiveOnce(Span<byte> buffer)
    {
        if (OwnsDescriptor && EpollNative.ReceiveOwned(_descriptor, buffer) is var count and >= 0)
            return count;

        try
        {
            return EpollNative.Receive(_handle, buffer);
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The connection was closed on this side.", closed);
        }
    }

    private int SendOnce(ReadOnlySpan<byte> bytes)
    {
        if (OwnsDescriptor && EpollNative.SendOwned(_descriptor, bytes) is var count and >= 0)
            return count;

        try
        {
            return EpollNative.Send(_handle, bytes);
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The connection was closed on this side.", closed);
        }
    }

    private void WakeAll()
    {
        SignalReadable();
        SignalWritable();
    }

    private void Close()
    {
        _isClosed = true;
        Loop.Unregister(this);
        _socket.Dispose();
        WakeAll();
    }
}
