using System.IO.Pipelines;
using JitProxy.Server.Mask;

namespace JitProxy.Server.Share;

/// <summary>Stands for a client's connection where an answer collects that leaves only when it is whole; or never.</summary>
internal sealed class AnswerWriter : PipeWriter
{
    /// <summary>An answer larger than this gives its memory back.</summary>
    private const int SizeKept = 4 * 1024;

    private RowScratch _bytes = new();

    /// <summary>Bytes of the answer so far.</summary>
    public int Length => _bytes.Length;

    /// <summary>The answer so far; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.Written;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _bytes.Length;

    /// <summary>Another answer begins.</summary>
    public void Reset()
    {
        if (_bytes.Length > SizeKept)
            _bytes = new();

        _bytes.Reset();
    }

    /// <inheritdoc/>
    public override void Advance(int bytes) => _bytes.Advance(bytes);

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
    }
}
