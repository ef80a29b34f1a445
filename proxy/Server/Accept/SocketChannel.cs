// The portable transport: the runtime's sockets. A wait for bytes is a receive into no buffer, so that an idle connection
// holds none; the price against epoll is two more system calls per message.
using System.Net;
using System.Net.Sockets;

namespace JitProxy.Server.Accept;

/// <summary>A channel over a connected <see cref="Socket"/>.</summary>
internal sealed class SocketChannel : ByteChannel
{
    private readonly Socket _socket;
    private readonly Operation _receiving;
    private Operation? _sending;
    private volatile bool _isDead;
    private volatile bool _isClosing;
    private int _closed;

    /// <summary>Takes the socket over; it is closed with the channel.</summary>
    public SocketChannel(Socket socket, EndPoint? remote)
    {
        _socket = socket;
        _socket.Blocking = false;
        RemoteEndPoint = remote;
        _receiving = new(this, isSend: false);
    }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; }

    /// <inheritdoc/>
    public override bool IsDead => _isDead;

    /// <inheritdoc/>
    public override bool SendInFlight => _sending is { IsRunning: true };

    /// <inheritdoc/>
    public override void Schedule(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);

    /// <inheritdoc/>
    public override void ShutdownSend()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection is lost.", lost);
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
            _socket.LingerState = new(enable: true, seconds: 0);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            // Gone already, which is what was wanted.
        }

        Close();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _isDead = true;
        if (!_receiving.IsRunning || SendInFlight)
        {
            Close();
            return;
        }

        // Closing under an operation of the runtime resets the connection, and the last message could be lost with it. A
        // shutdown ends the operation first, and its end closes.
        _isClosing = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            Close();
        }

        if (!_receiving.IsRunning)
            Close();
    }

    /// <inheritdoc/>
    protected override int Receive(Span<byte> buffer)
    {
        ThrowIfFailed(_receiving.Failure);
        var received = Call(buffer, static (socket, span) => (socket.Receive(span, SocketFlags.None, out var error), error));
        if (received == buffer.Length)
            KeepReadable();
        return received;
    }

    /// <inheritdoc/>
    protected override int Send(ReadOnlySpan<byte> bytes)
    {
        if (_sending is { } sending)
        {
            if (sending.IsRunning)
                return WouldBlock;

            ThrowIfFailed(sending.Failure);
            if (sending.TakeCount() is > 0 and var sent)
                return sent;
        }

        return Call(bytes, static (socket, span) => (socket.Send(span, SocketFlags.None, out var error), error));
    }

    /// <inheritdoc/>
    protected override bool WatchReadable() => _receiving.TryStart(_socket, default);

    /// <inheritdoc/>
    protected override bool WatchWritable(ReadOnlyMemory<byte> unsent) =>
        (_sending ??= new(this, isSend: true)).TryStart(_socket, unsent);

    /// <inheritdoc/>
    protected override bool Peek()
    {
        Span<byte> one = stackalloc byte[1];
        try
        {
            _socket.Receive(one, SocketFlags.Peek, out var error);
            return error != SocketError.WouldBlock;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;

        // Operations that run complete with an error, which wakes their waiters.
        _socket.Dispose();
        _receiving.Dispose();
        _sending?.Dispose();
    }

    private void OnFinished(bool isSend)
    {
        if (isSend)
            SignalWritable();
        else
            SignalReadable();
        if (_isClosing && !isSend)
            Close();
    }

    private int Call<T>(T bytes, Func<Socket, T, (int Count, SocketError Error)> call)
        where T : allows ref struct
    {
        try
        {
            var (count, error) = call(_socket, bytes);
            if (error == SocketError.WouldBlock)
                return WouldBlock;

            ThrowIfFailed(error);
            return count;
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The connection was closed on this side.", closed);
        }
    }

    private static void ThrowIfFailed(SocketError error)
    {
        if (error == SocketError.Success)
            return;

        var cause = new SocketException((int)error);
        throw new IOException(cause.Message, cause);
    }

    /// <summary>One asynchronous operation of the runtime: a wait for bytes, or the sending of a remainder.</summary>
    private sealed class Operation(SocketChannel channel, bool isSend) : SocketAsyncEventArgs(true)
    {
        private volatile bool _isRunning;
        private int _count;

        public bool IsRunning => _isRunning;

        /// <summary>How the operation failed; kept, because the kernel tells an error only once.</summary>
        public SocketError Failure { get; private set; }

        /// <summary>Count of bytes that a finished send took off the front, told once.</summary>
        public int TakeCount() => Interlocked.Exchange(ref _count, 0);

        /// <summary>True: the operation runs and its end signals the channel. False: it is over already.</summary>
        public bool TryStart(Socket socket, ReadOnlyMemory<byte> bytes)
        {
            if (_isRunning)
                return true;

            _isRunning = true;
            try
            {
                SetBuffer(System.Runtime.InteropServices.MemoryMarshal.AsMemory(bytes));
                if (isSend ? socket.SendAsync(this) : socket.ReceiveAsync(this))
                    return true;
            }
            catch (ObjectDisposedException)
            {
                SocketError = SocketError.OperationAborted;
            }

            Finish();
            return false;
        }

        /// <inheritdoc/>
        protected override void OnCompleted(SocketAsyncEventArgs e)
        {
            Finish();
            channel.OnFinished(isSend);
        }

        private void Finish()
        {
            if (SocketError != SocketError.Success)
                Failure = SocketError;
            if (isSend)
                _count += BytesTransferred;
            _isRunning = false;
        }
    }
}
