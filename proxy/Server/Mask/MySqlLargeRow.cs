using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Policy.Masking;
using JitProxy.Server.Sessions;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Mask;

/// <summary>
/// Relays one row of MySQL that is too large to be held, in one packet or in many: memory stays flat whatever its size, and its masked columns
/// leave masked.
/// </summary>
/// <remarks>
/// A packet says its size first, and a binary row says first which values are NULL; both depend on masks whose values come later. So everything up to
/// the last masked column goes to a spool (memory, then an encrypted file without a name), and the rest is passed through.
/// </remarks>
/// <param name="input">The upstream; the row's first byte is the next one.</param>
/// <param name="output">The client; null to read the row and drop it.</param>
/// <param name="plan">The masks; null if no column has one.</param>
/// <param name="types">The columns' types in the binary protocol; empty in the text protocol.</param>
/// <param name="mayGoOn">
/// Asked between pieces, with the bytes read so far; a false ends the session, since the middle of a row has no room for an error.
/// </param>
internal sealed class MySqlLargeRow(
    PipeReader input, PipeWriter? output, MaskPlan? plan, MySqlType[] types, Func<long, bool> mayGoOn) : IDisposable
{
    private const int BitmapOffset = 2;

    private readonly RowSpool _spool = new();
    private readonly RowScratch _value = new();
    private readonly RowScratch _masked = new();
    private readonly MySqlPayloadWriter _writer = new();
    private readonly byte[] _prefix = new byte[MySqlValuePrefix.SizeMax];
    private MySqlPayloadReader _reader;
    private ReadOnlySequence<byte> _rest;
    private ReadOnlySequence<byte> _piece;
    private bool _isReading;
    private bool _isPassingThrough;
    private byte[] _head = [];

    /// <summary>True if reading failed, and not writing.</summary>
    public bool IsInputLost { get; private set; }

    /// <summary>Bytes of the row that were read so far.</summary>
    public long Size { get; private set; }

    /// <summary>The number that the server's next packet must have.</summary>
    public byte NextUpstreamSequence => _reader.NextSequence;

    /// <summary>The number of the next packet to the client.</summary>
    public byte NextSequence { get; private set; }

    /// <summary>Relays the row.</summary>
    /// <param name="sequence">The number of its first packet to the client.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>Unspecified if the row is through; otherwise how the session ends.</returns>
    public async ValueTask<SessionEnd> RelayAsync(byte sequence, CancellationToken stop)
    {
        _writer.Begin(sequence);
        var end = output is not null && plan is { MasksAnything: true } masks ? await MaskAsync(masks, output, stop) : SessionEnd.Unspecified;
        if (end == SessionEnd.Unspecified)
            end = await PassAsync(stop);

        // What belongs to the next packet stays where it is.
        if (_isReading)
            input.AdvanceTo(_rest.Start);

        if (end == SessionEnd.Unspecified && output is not null)
            NextSequence = _writer.End(output);

        return end;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _spool.Dispose();
        _writer.Dispose();
    }

    private async ValueTask<SessionEnd> MaskAsync(MaskPlan masks, PipeWriter client, CancellationToken stop)
    {
        if (types.Length != 0)
        {
            _head = new byte[MySqlBinaryRow.HeadSize(types.Length)];
            if (types.Length != masks.Columns.Length || !await ReadAsync(_head, stop) || _head[0] != 0)
                return SessionEnd.UpstreamViolation;
        }

        var lastMasked = masks.Columns.Length - 1;
        while (masks.Columns[lastMasked] is null)
            lastMasked--;

        for (var i = 0; i <= lastMasked; i++)
        {
            var end = await TakeColumnAsync(masks.Columns[i], i, stop);
            if (end != SessionEnd.Unspecified)
                return end;
        }

        _writer.Promise(_head.Length + _spool.Length);
        _writer.Write(_head, client);
        var isThrough = await _spool.ReplayAsync(piece => _writer.Write(piece, client), client, () => mayGoOn(Size), stop);
        return isThrough ? SessionEnd.Unspecified : SessionEnd.OutOfStep;
    }

    private async ValueTask<SessionEnd> TakeColumnAsync(ColumnMask? mask, int column, CancellationToken stop)
    {
        if (types.Length != 0 && MySqlBinaryRow.IsNull(_head, column))
            return SessionEnd.Unspecified;

        var (isSound, size, prefixSize, isNull) = await ReadPrefixAsync(column, stop);
        if (!isSound)
            return SessionEnd.UpstreamViolation;

        if (isNull || mask is null)
        {
            _spool.Append(_prefix.AsSpan(0, prefixSize));
            return await CopyAsync(size, stop);
        }

        // A value too large to be read by its mask is masked as a whole, and need not be kept.
        var isRead = size <= ColumnMask.ReadSizeMax;
        _value.Reset();
        for (var left = size; left > 0;)
        {
            if (!await FillAsync(stop))
                return SessionEnd.UpstreamLost;

            var part = _piece.Slice(0, Math.Min(left, _piece.Length));
            foreach (var segment in part)
            {
                if (isRead)
                    _value.Append(segment.Span);
            }

            left -= part.Length;
            Consume(part.Length);
            if (!mayGoOn(Size))
                return SessionEnd.OutOfStep;
        }

        _masked.Reset();
        Spool(column, isRead ? mask.TryMask(_value.Written, _masked) : mask.TryMaskUnread(_masked));
        return SessionEnd.Unspecified;
    }

    // The masked value, or NULL.
    private void Spool(int column, bool isValue)
    {
        if (types.Length == 0)
        {
            _spool.Append(_prefix.AsSpan(0, MySqlValuePrefix.WriteText(_prefix, isValue ? _masked.Length : null)));
        }
        else if (isValue)
        {
            _spool.Append(_prefix.AsSpan(0, MySqlValuePrefix.WriteBinary(_prefix, types[column], _masked.Length)));
        }
        else
        {
            _head[1 + ((column + BitmapOffset) / 8)] |= (byte)(1 << ((column + BitmapOffset) % 8));
        }

        if (isValue)
            _spool.Append(_masked.Written);
    }

    private async ValueTask<(bool IsSound, long Size, int PrefixSize, bool IsNull)> ReadPrefixAsync(int column, CancellationToken stop)
    {
        for (var count = 0; ; count++)
        {
            var isNull = false;
            var status = types.Length == 0
                ? MySqlValuePrefix.TryReadText(_prefix.AsSpan(0, count), out var size, out var prefixSize, out isNull)
                : MySqlValuePrefix.TryReadBinary(_prefix.AsSpan(0, count), types[column], out size, out prefixSize);
            if (status == OperationStatus.Done)
                return (true, size, prefixSize, isNull);

            if (status != OperationStatus.NeedMoreData || count == _prefix.Length || !await ReadAsync(_prefix.AsMemory(count, 1), stop))
                return (false, 0, 0, false);
        }
    }

    private async ValueTask<bool> ReadAsync(Memory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty)
        {
            if (!await FillAsync(stop))
                return false;

            var part = _piece.Slice(0, Math.Min(bytes.Length, _piece.Length));
            part.CopyTo(bytes.Span);
            bytes = bytes[(int)part.Length..];
            Consume(part.Length);
        }

        return true;
    }

    private async ValueTask<SessionEnd> CopyAsync(long count, CancellationToken stop)
    {
        while (count > 0)
        {
            if (!await FillAsync(stop))
                return SessionEnd.UpstreamLost;

            var part = _piece.Slice(0, Math.Min(count, _piece.Length));
            foreach (var segment in part)
                Take(segment.Span);

            count -= part.Length;
            Consume(part.Length);
            if (_isPassingThrough && output is not null)
                await output.FlushAsync(stop);

            if (!mayGoOn(Size) && output is not null)
                return SessionEnd.OutOfStep;
        }

        return SessionEnd.Unspecified;
    }

    // The rest of the row, whatever columns it has.
    private async ValueTask<SessionEnd> PassAsync(CancellationToken stop)
    {
        _isPassingThrough = true;
        while (await FillAsync(stop))
        {
            _writer.Promise(_piece.Length + _reader.SizeKnown);
            var end = await CopyAsync(_piece.Length, stop);
            if (end != SessionEnd.Unspecified)
                return end;
        }

        return _reader.IsAtEnd ? SessionEnd.Unspecified : SessionEnd.UpstreamLost;
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        if (!_isPassingThrough)
            _spool.Append(bytes);
        else if (output is not null)
            _writer.Write(bytes, output);
    }

    private void Consume(long count)
    {
        _piece = _piece.Slice(count);
        Size += count;
    }

    /// <summary>Sees to it that there is a piece to read; false at the end of the row, or if there is no more.</summary>
    private async ValueTask<bool> FillAsync(CancellationToken stop)
    {
        while (_piece.IsEmpty)
        {
            if (_reader.IsAtEnd)
                return false;

            var status = _isReading ? _reader.TryRead(ref _rest, out _piece) : OperationStatus.NeedMoreData;
            if (status == OperationStatus.InvalidData)
                return false;

            if (status == OperationStatus.NeedMoreData && !await ReceiveAsync(stop))
                return false;
        }

        return true;
    }

    private async ValueTask<bool> ReceiveAsync(CancellationToken stop)
    {
        var unreadBefore = _isReading ? _rest.Length : 0;
        if (_isReading)
            input.AdvanceTo(_rest.Start, _rest.End);

        _isReading = false;
        try
        {
            var read = await input.ReadAsync(stop);
            (_rest, _isReading) = (read.Buffer, true);
            return !read.IsCompleted || read.Buffer.Length > unreadBefore;
        }
        catch (IOException)
        {
            IsInputLost = true;
            throw;
        }
    }
}
