// A Stream over a channel, for SslStream alone: asynchronous, one read and one write at a time.
namespace JitProxy.Server.Accept;

/// <summary>The encrypted side of a TLS connection.</summary>
/// <remarks>A read into no bytes waits until there are some, so that an idle TLS connection holds no receive buffer either.</remarks>
internal sealed class ChannelStream : Stream
{
    private readonly ByteChannel _channel;
    private readonly ReceiveWait _receive;
    private readonly SendWait _send;
    private ReadOnlyMemory<byte> _first;
    private SendBuffer _held;

    /// <summary>Reads <paramref name="first"/>, then <paramref name="channel"/>.</summary>
    public ChannelStream(ByteChannel channel, ReadOnlyMemory<byte> first)
    {
        _channel = channel;
        _first = first;
        _receive = new(channel);
        _send = new(channel);
    }

    /// <summary>
    /// While true, writes collect until a flush: SslStream writes once per record of 16 KiB, and a send costs more than a copy.
    /// </summary>
    public bool HoldsWrites { get; set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_first.IsEmpty)
            return _receive.ReceiveAsync(buffer, cancellationToken);

        var count = Math.Min(buffer.Length, _first.Length);
        _first[..count].CopyTo(buffer);
        _first = _first[count..];
        return new(count);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!HoldsWrites)
            return _send.SendAsync(buffer, cancellationToken);

        _held.Append(buffer.Span);
        return default;
    }

    /// <inheritdoc/>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_held.UnsentSize == 0)
            return;

        await _send.SendAsync(_held.Unsent, cancellationToken).ConfigureAwait(false);
        _held.Release();
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // A send that was given up may still be reading from the array.
        if (disposing)
            _held.Forget();
        base.Dispose(disposing);
    }

    private sealed class ReceiveWait(ByteChannel channel) : ChannelWait<int>(channel)
    {
        private Memory<byte> _buffer;
        private bool _isFirst;

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            _buffer = buffer;
            _isFirst = true;
            return StartAsync(cancellationToken, afterOthers: Channel.TurnIsOver());
        }

        protected override bool TryFinish(out int result)
        {
            if (_buffer.IsEmpty)
            {
                // An event that comes while this waits is about new bytes; one from before may be about old ones, and
                // SslStream would then wait with a buffer in its hands.
                result = 0;
                var isFirst = _isFirst;
                _isFirst = false;
                return isFirst ? Channel.TryPeek() : Channel.IsReadable;
            }

            result = Channel.TryReceive(_buffer.Span);
            return result != ByteChannel.WouldBlock;
        }

        protected override bool Arm() => Channel.ArmReadable(this);

        protected override bool Disarm() => Channel.DisarmReadable();
    }

    private sealed class SendWait(ByteChannel channel) : ChannelWait<bool>(channel)
    {
        private ReadOnlyMemory<byte> _unsent;

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _unsent = bytes;
            var sending = StartAsync(cancellationToken);
            if (!sending.IsCompletedSuccessfully)
                return Await(sending);

            sending.GetAwaiter().GetResult();
            return default;
        }

        protected override bool TryFinish(out bool result)
        {
            while (!_unsent.IsEmpty)
            {
                var sent = Channel.TrySend(_unsent.Span);
                if (sent == ByteChannel.WouldBlock)
                    return result = false;
                _unsent = _unsent[sent..];
            }

            return result = true;
        }

        protected override bool Arm() => Channel.ArmWritable(this, _unsent);

        protected override bool Disarm() => Channel.DisarmWritable();

        private static async ValueTask Await(ValueTask<bool> sending) => await sending.ConfigureAwait(false);
    }
}
