// A PipeReader over SslStream with the same promises as the one over a plain channel: one segment, no buffer while idle.
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;

namespace JitProxy.Server.Accept;

/// <summary>Reads what TLS decrypts.</summary>
internal sealed class TlsReader(SslStream stream) : PipeReader, IDisposable
{
    private readonly Lock _cancelLock = new();
    private ReceiveBuffer _buffer;
    private CancellationTokenSource _cancel = new();
    private bool _isReading;
    private bool _ended;
    private volatile bool _isWaiting;
    private volatile bool _isCompleted;
    private bool _isDisposed;

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
        cancellationToken.ThrowIfCancellationRequested();
        return TryTake(out var result) ? new(result) : ReceiveAsync(cancellationToken);
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
        lock (_cancelLock)
        {
            if (!_isDisposed)
                _cancel.Cancel();
        }
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (_isWaiting || _isReading)
            _buffer.Forget();
        else
            _buffer.Release();
        _isCompleted = true;
        _isReading = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Complete();
        lock (_cancelLock)
        {
            _isDisposed = true;
            _cancel.Dispose();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        CancellationTokenSource? both = null;
        var mine = _cancel.Token;
        var token = mine;
        if (cancellationToken.CanBeCanceled)
        {
            both = CancellationTokenSource.CreateLinkedTokenSource(mine, cancellationToken);
            token = both.Token;
        }

        _isWaiting = true;
        try
        {
            // Reading no bytes makes SslStream wait without buffers of its own; only then is one taken here.
            await stream.ReadAsync(Memory<byte>.Empty, token).ConfigureAwait(false);
            var received = 0;
            try
            {
                received = await stream.ReadAsync(_buffer.Reserve(), token).ConfigureAwait(false);
            }
            finally
            {
                _buffer.Commit(received);
            }

            _ended |= received == 0;
        }
        catch (OperationCanceledException) when (mine.IsCancellationRequested)
        {
            // Answered below, as a cancelled read.
        }
        catch (ObjectDisposedException closed)
        {
            throw new IOException("The connection was closed on this side.", closed);
        }
        finally
        {
            _isWaiting = false;
            both?.Dispose();
        }

        if (TryTake(out var result))
            return result;

        throw new OperationCanceledException(cancellationToken);
    }

    private void ThrowIfBusy()
    {
        if (_isReading || _isWaiting)
            throw new InvalidOperationException("The last read is not finished, or was not followed by AdvanceTo.");
    }

    private bool TryTake(out ReadResult result)
    {
        // Not a result: an end made on this side must not look like a goodbye of the peer.
        if (_isCompleted)
            throw new IOException("The connection was closed on this side.");

        var isCanceled = TakeCancel();
        if (!isCanceled && !_buffer.HasNews && !_ended)
        {
            result = default;
            return false;
        }

        _isReading = true;
        result = new(_buffer.Unread, isCanceled, isCompleted: _ended);
        return true;
    }

    private bool TakeCancel()
    {
        if (!_cancel.IsCancellationRequested)
            return false;

        lock (_cancelLock)
        {
            if (_isDisposed)
                return false;
            _cancel.Dispose();
            _cancel = new();
            return true;
        }
    }
}
