// A PipeWriter over SslStream: what is written collects in one array, is encrypted at the flush, and goes out in one send.
using System.IO.Pipelines;
using System.Net.Security;

namespace JitProxy.Server.Accept;

/// <summary>Writes through TLS. The promises are those of <see cref="ChannelWriter"/>.</summary>
/// <remarks>Half a flush cannot be taken back, so cancelling one that has begun loses the connection.</remarks>
internal sealed class TlsWriter(SslStream stream, ChannelStream encrypted, ByteChannel channel) : PipeWriter
{
    /// <summary>The most plain bytes of a TLS record; more than that is several writes of SslStream.</summary>
    private const int RecordSizeMax = 16 * 1024;

    private SendBuffer _buffer;
    private volatile bool _isFlushing;
    private bool _completed;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _buffer.UnsentSize;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_isFlushing)
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
        if (_isFlushing)
            throw new InvalidOperationException("The last flush is not finished.");
        return _buffer.UnsentSize == 0 ? default : SendAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        if (_isFlushing)
            channel.Abort();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (_isFlushing)
            _buffer.Forget();
        else
            _buffer.Release();
        _completed = true;
    }

    private async ValueTask<FlushResult> SendAsync(CancellationToken cancellationToken)
    {
        _isFlushing = true;
        try
        {
            var bytes = _buffer.Unsent;
            encrypted.HoldsWrites = bytes.Length > RecordSizeMax;
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            encrypted.HoldsWrites = false;
            await encrypted.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (_completed)
                _buffer.Forget();
            else
                _buffer.Sent(bytes.Length);
            return default;
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The connection was closed on this side.", closed);
        }
        catch (OperationCanceledException)
        {
            channel.Abort();
            throw;
        }
        finally
        {
            _isFlushing = false;
        }
    }
}
