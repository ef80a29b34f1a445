using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using JitProxy.Policy.Masking;
using JitProxy.Server.Sessions;

namespace JitProxy.Server.Mask;

/// <summary>Relays one DataRow that is too large to be held: memory stays flat whatever its size, and its masked columns leave masked.</summary>
/// <remarks>
/// A DataRow says its length first, and that depends on masks whose values come later. So everything up to the last masked column goes
/// to a spool (memory, then an encrypted file without a name); once that column was read the length is known, and the rest is passed through.
/// </remarks>
/// <param name="input">The upstream; the row's first byte is the next one.</param>
/// <param name="output">The client; null to read the row and drop it.</param>
/// <param name="plan">The masks; null if no column has one.</param>
/// <param name="mayGoOn">Asked between pieces; a false ends the session, since the middle of a message has no room for an error.</param>
internal sealed class LargeRow(PipeReader input, PipeWriter? output, MaskPlan? plan, Func<bool> mayGoOn) : IDisposable
{
    private const int HeaderSize = 7;

    private readonly RowSpool _spool = new();
    private readonly RowScratch _value = new();
    private readonly RowScratch _masked = new();
    private bool _isPassingThrough;
    private long _left;

    /// <summary>True if reading failed, and not writing.</summary>
    public bool IsInputLost { get; private set; }

    /// <summary>Relays the row.</summary>
    /// <param name="frameSize">Size of the whole message.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>Unspecified if the row is through; otherwise how the session ends.</returns>
    public async ValueTask<SessionEnd> RelayAsync(int frameSize, CancellationToken stop)
    {
        _left = frameSize;
        var header = new byte[HeaderSize];
        if (!await ReadAsync(header, stop))
            return SessionEnd.UpstreamLost;

        var columnCount = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(5));
        if (output is null || plan is not { MasksAnything: true })
        {
            _isPassingThrough = true;
            output?.Write(header);
            return await CopyAsync(_left, stop);
        }

        if (columnCount != plan.Columns.Length)
            return SessionEnd.UpstreamViolation;

        return await RelayMaskedAsync(header, plan, output, stop);
    }

    /// <inheritdoc/>
    public void Dispose() => _spool.Dispose();

    private async ValueTask<SessionEnd> RelayMaskedAsync(byte[] header, MaskPlan masks, PipeWriter client, CancellationToken stop)
    {
        var lastMasked = masks.Columns.Length - 1;
        while (masks.Columns[lastMasked] is null)
            lastMasked--;

        for (var i = 0; i <= lastMasked; i++)
        {
            var end = masks.Columns[i] is { } mask ? await MaskColumnAsync(mask, stop) : await SpoolColumnAsync(stop);
            if (end != SessionEnd.Unspecified)
                return end;
        }

        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(1), checked((int)(HeaderSize - 1 + _spool.Length + _left)));
        client.Write(header);
        if (!await _spool.ReplayAsync(piece => client.Write(piece), client, mayGoOn, stop))
            return SessionEnd.OutOfStep;

        _isPassingThrough = true;
        return await CopyAsync(_left, stop);
    }

    private async ValueTask<SessionEnd> SpoolColumnAsync(CancellationToken stop)
    {
        var (end, size) = await ReadSizeAsync(stop);
        if (end != SessionEnd.Unspecified)
            return end;

        _spool.AppendInt32(size);
        return size > 0 ? await CopyAsync(size, stop) : SessionEnd.Unspecified;
    }

    private async ValueTask<SessionEnd> MaskColumnAsync(ColumnMask mask, CancellationToken stop)
    {
        var (end, size) = await ReadSizeAsync(stop);
        if (end != SessionEnd.Unspecified)
            return end;

        if (size < 0)
        {
            _spool.AppendInt32(-1);
            return SessionEnd.Unspecified;
        }

        // A value too large to be read by its mask is masked as a whole, and need not be kept.
        var isRead = size <= ColumnMask.ReadSizeMax;
        _value.Reset();
        for (var left = size; left > 0;)
        {
            var read = await NextAsync(1, stop);
            var piece = read.Buffer.Slice(0, Math.Min(left, read.Buffer.Length));
            foreach (var segment in piece)
            {
                if (isRead)
                    _value.Append(segment.Span);
            }

            left -= (int)piece.Length;
            _left -= piece.Length;
            input.AdvanceTo(piece.End);
            if (left > 0 && read.IsCompleted && piece.IsEmpty)
                return SessionEnd.UpstreamLost;
        }

        _masked.Reset();
        var isNull = !(isRead ? mask.TryMask(_value.Written, _masked) : mask.TryMaskUnread(_masked));
        _spool.AppendInt32(isNull ? -1 : _masked.Length);
        if (!isNull)
            _spool.Append(_masked.Written);

        return SessionEnd.Unspecified;
    }

    private async ValueTask<(SessionEnd End, int Size)> ReadSizeAsync(CancellationToken stop)
    {
        var bytes = new byte[sizeof(int)];
        if (_left < sizeof(int))
            return (SessionEnd.UpstreamViolation, 0);

        if (!await ReadAsync(bytes, stop))
            return (SessionEnd.UpstreamLost, 0);

        var size = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return size < -1 || size > _left ? (SessionEnd.UpstreamViolation, 0) : (SessionEnd.Unspecified, size);
    }

    private async ValueTask<bool> ReadAsync(byte[] bytes, CancellationToken stop)
    {
        var read = await NextAsync(bytes.Length, stop);
        if (read.Buffer.Length < bytes.Length)
            return false;

        read.Buffer.Slice(0, bytes.Length).CopyTo(bytes);
        input.AdvanceTo(read.Buffer.GetPosition(bytes.Length));
        _left -= bytes.Length;
        return true;
    }

    private async ValueTask<ReadResult> NextAsync(int sizeMin, CancellationToken stop)
    {
        try
        {
            return await input.ReadAtLeastAsync(sizeMin, stop);
        }
        catch (IOException)
        {
            IsInputLost = true;
            throw;
        }
    }

    /// <summary>Moves bytes on as they come: to the client once the row's length is known, to the spool before.</summary>
    private async ValueTask<SessionEnd> CopyAsync(long count, CancellationToken stop)
    {
        while (count > 0)
        {
            var read = await NextAsync(1, stop);
            var piece = read.Buffer.Slice(0, Math.Min(count, read.Buffer.Length));
            foreach (var segment in piece)
                Take(segment.Span);

            count -= piece.Length;
            _left -= piece.Length;
            var ended = read.IsCompleted && piece.IsEmpty;
            input.AdvanceTo(piece.End);
            if (ended)
                return SessionEnd.UpstreamLost;

            if (_isPassingThrough && output is not null)
                await output.FlushAsync(stop);

            if (!mayGoOn() && output is not null)
                return SessionEnd.OutOfStep;
        }

        return SessionEnd.Unspecified;
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        if (!_isPassingThrough)
            _spool.Append(bytes);
        else
            output?.Write(bytes);
    }
}
