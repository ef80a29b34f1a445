// A PipeReader straight over a channel: received bytes are handed out where the kernel put them.
using System.IO.Pipelines;

namespace JitProxy.Server.Accept;

/// <summary>Reads a channel. Buffers are always one segment, and none is held while nothing is unread.</summary>
/// <remarks>One read at a time; <see cref="CancelPendingRead"/> may come from any thread.</remarks>
internal sealed class ChannelReader : PipeReader
{
    private readonly ByteChannel _channel;
    private readonly ReadWait _wait;
    private ReceiveBuffer _buffer;
    private bool _isReading;
    private bool _ended;
    private volatile bool _isCompleted;
    private int _cancelRequested;

    /// <summary>Reads <paramref name="channel"/>.</summary>
    public ChannelReader(ByteChannel channel)
    {
        _channel = channel;
        _wait = new(this);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        ThrowIfBusy();
        return TryTake(out result);
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfBusy();
        return _wait.StartAsync(cancellationToken, afterOthers: _channel.TurnIsOver());
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _buffer.AdvanceTo(consumed, examined);
        _isReading = false;
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        Volatile.Write(ref _cancelRequested, 1);
        _wait.Wake();
    }

    /// <summary>Gives the buffer back. The connection stays open.</summary>
    public override void Complete(Exception? exception = null)
    {
        // A wait that still runs may be about to receive into the buffer, and whoever holds a result may be reading it.
        if (_wait.IsRunning || _isReading)
            _buffer.Forget();
        else
            _buffer.Release();
        _isCompleted = true;
        _isReading = false;
    }

    /// <summary>Hands the unread bytes over and reads no more: TLS takes the stream from here.</summary>
    public byte[] TakeUnread()
    {
        ThrowIfBusy();
        var unread = _buffer.Unread.FirstSpan.ToArray();
        Complete();
        return unread;
    }

    private void ThrowIfBusy()
    {
        if (_isReading)
            throw new InvalidOperationException("The last read was not followed by AdvanceTo.");
    }

    private bool TryTake(out ReadResult result)
    {
        // Not a result: an end made on this side must not look like a goodbye of the peer.
        if (_isCompleted)
            throw new IOException("The connection was closed on this side.");

        var isCanceled = Volatile.Read(ref _cancelRequested) != 0 && Interlocked.Exchange(ref _cancelRequested, 0) != 0;
        if (!isCanceled && !_buffer.HasNews && !_ended)
        {
            var received = _channel.TryReceive(ref _buffer);
            if (received == ByteChannel.WouldBlock)
            {
                result = default;
                return false;
            }

            _ended = received == 0;
        }

        _isReading = true;
        result = new(_buffer.Unread, isCanceled, isCompleted: _ended);
        return true;
    }

    private sealed class ReadWait(ChannelReader reader) : ChannelWait<ReadResult>(reader._channel)
    {
        protected override bool IsWoken => Volatile.Read(ref reader._cancelRequested) != 0;

        protected override bool TryFinish(out ReadResult result) => reader.TryTake(out result);

        protected override bool Arm() => Channel.ArmReadable(this);

        protected override bool Disarm() => Channel.DisarmReadable();
    }
}
