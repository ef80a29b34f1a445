using System.IO.Pipelines;

namespace JitProxy.Server.Accept;

/// <summary>The writing end of a <see cref="MemoryConnection"/>: after an abort of either end it fails as a socket does.</summary>
/// <remarks>
/// A pipe takes a write after its end for a bug of the writer, and says so with an exception that nobody catches; a socket throws
/// <see cref="IOException"/>.
/// </remarks>
internal sealed class MemoryWriter(PipeWriter pipe) : PipeWriter
{
    private const string Gone = "the connection was aborted";

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => pipe.CanGetUnflushedBytes;

    /// <inheritdoc/>
    public override long UnflushedBytes => pipe.UnflushedBytes;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        try
        {
            return pipe.GetMemory(sizeHint);
        }
        catch (InvalidOperationException e)
        {
            throw new IOException(Gone, e);
        }
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        try
        {
            pipe.Advance(bytes);
        }
        catch (InvalidOperationException e)
        {
            throw new IOException(Gone, e);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            throw new IOException(Gone, e);
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => pipe.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => pipe.Complete(exception);
}
