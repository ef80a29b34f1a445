// A PipeWriter straight over a channel: what is written collects in one array, and a flush is one send.
using System.IO.Pipelines;

namespace JitProxy.Server.Accept;

/// <summary>Writes a channel. Nothing leaves before a flush, and a flush completes when the kernel has taken every byte.</summary>
/// <remarks>
/// That a flush waits is the back-pressure: a session that awaits it holds at most what it wrote since the last one. No
/// array is held between flushes. One flush at a time, and no writing while it runs or after it was cancelled.
/// </remarks>
internal sealed class ChannelWriter : PipeWriter
{
    private readonly ByteChannel _channel;
    private volatile FlushWait? _wait;
    private SendBuffer _buffer;
    private bool _completed;
    private int _cancelRequested;

    /// <summary>Writes <paramref name="channel"/>.</summary>
    public ChannelWriter(ByteChannel channel) => _channel = channel;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _buffer.UnsentSize;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        // Room may mean another array, and the runtime or a flush may still read from this one.
        if (_wait is { IsRunning: true } || _channel.SendInFlight)
            throw new InvalidOperationException("The last flush is not finished.");
        if (_completed)
            throw new InvalidOperationException("The writer is completed.");
        return _buffer.Reserve(sizeHint);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes) => _buffer.Commit(bytes);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        // Most connections never wait for the kernel, and need nothing to wait with.
        if (_wait is null && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (TrySend(out var result))
                    return new(result);
            }
            catch (IOException lost)
            {
                return ValueTask.FromException<FlushResult>(lost);
            }
        }

        return (_wait ??= new(this)).StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        // A wait that begins now looks at the request after it is armed.
        Interlocked.Exchange(ref _cancelRequested, 1);
        _wait?.Wake();
    }

    /// <summary>Drops what was not flushed and gives the buffer back. The connection stays open.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (_wait is { IsRunning: true } || _channel.SendInFlight)
            _buffer.Forget();
        else
            _buffer.Release();
        _completed = true;
    }

    /// <summary>True: everything went out, or the flush was cancelled and the rest stays for the next one.</summary>
    private bool TrySend(out FlushResult result)
    {
        var isCanceled = Volatile.Read(ref _cancelRequested) != 0 && Interlocked.Exchange(ref _cancelRequested, 0) != 0;
        while (!isCanceled && _buffer.UnsentSize > 0)
        {
            var sent = _channel.TrySend(_buffer.Unsent.Span);
            if (sent == ByteChannel.WouldBlock)
            {
                result = default;
                return false;
            }

            _buffer.Sent(sent);
        }

        result = new(isCanceled, isCompleted: false);
        return true;
    }

    private sealed class FlushWait(ChannelWriter writer) : ChannelWait<FlushResult>(writer._channel)
    {
        protected override bool IsWoken => Volatile.Read(ref writer._cancelRequested) != 0;

        protected override bool TryFinish(out FlushResult result) => writer.TrySend(out result);

        protected override bool Arm() => Channel.ArmWritable(this, writer._buffer.Unsent);

        protected override bool Disarm() => Channel.DisarmWritable();
    }
}
