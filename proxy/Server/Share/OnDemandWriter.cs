using System.Buffers;
using System.IO.Pipelines;

namespace JitProxy.Server.Share;

/// <summary>Writes to whatever connection an <see cref="OnDemandConnection"/> has; what is written before waits for the flush that takes one.</summary>
internal sealed class OnDemandWriter(OnDemandConnection owner) : PipeWriter
{
    private const int EarlySize = 512;

    private ArrayBufferWriter<byte>? _early;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => owner.Current?.Output.UnflushedBytes ?? _early?.WrittenCount ?? 0;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        owner.Current is { } current ? current.Output.GetMemory(sizeHint) : (_early ??= new(EarlySize)).GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) =>
        owner.Current is { } current ? current.Output.GetSpan(sizeHint) : (_early ??= new(EarlySize)).GetSpan(sizeHint);

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (owner.Current is { } current)
            current.Output.Advance(bytes);
        else
            _early!.Advance(bytes);
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (owner.Current is { } current)
            return current.Output.FlushAsync(cancellationToken);

        // An idle session keeps no buffer.
        var early = _early;
        _early = null;
        return early is { WrittenCount: > 0 } ? owner.TakeAndSendAsync(early.WrittenMemory, cancellationToken) : default;
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        // A flush is called off by aborting the connection.
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => _early = null;
}
