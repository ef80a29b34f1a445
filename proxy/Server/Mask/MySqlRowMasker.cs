using System.Buffers;
using System.Collections.Immutable;
using JitProxy.Policy.Masking;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Mask;

/// <summary>Rewrites rows of MySQL, of either protocol, so that every masked column leaves masked: in one pass, and without allocating.</summary>
/// <remarks>
/// Rows are built in a scratch buffer of its own, never in the receive buffer: a row whose layout is wrong leaves no byte behind. A row that fits one
/// packet does so masked as well, since large rows go another way.
/// </remarks>
internal sealed class MySqlRowMasker
{
    private const byte NullMark = 0xFB;
    private const int BitmapAt = MySqlPacketHeader.Size + 1;
    private const int BitmapOffset = 2;

    private readonly RowScratch _scratch = new();

    /// <summary>Appends the masked form of one row.</summary>
    /// <param name="payload">The row.</param>
    /// <param name="masks">One entry per column; null where the value leaves as it is.</param>
    /// <param name="types">The columns' types in the binary protocol; empty in the text protocol.</param>
    /// <param name="sequence">The packet's number; counted on.</param>
    /// <param name="output">Takes the rewritten packet.</param>
    /// <returns>Its size with its header, or -1 if the row does not have the columns that the masks were made for; nothing is written then.</returns>
    public int TryRewrite(
        ReadOnlySpan<byte> payload, ImmutableArray<ColumnMask?> masks, ReadOnlySpan<MySqlType> types, ref byte sequence, IBufferWriter<byte> output)
    {
        var isBinary = !types.IsEmpty;
        var headSize = isBinary ? MySqlBinaryRow.HeadSize(masks.Length) : 0;
        if (payload.Length < headSize || (isBinary && (types.Length != masks.Length || payload[0] != 0)))
            return -1;

        _scratch.Reset();
        _scratch.Append([0, 0, 0, 0]);
        var (at, copied) = (headSize, 0);
        for (var i = 0; i < masks.Length; i++)
        {
            if (!TryRead(payload, at, i, types, out var valueSize, out var prefixSize, out var isNull))
                return -1;

            var start = at;
            at += prefixSize + valueSize;
            if (isNull || masks[i] is not { } mask)
                continue;

            // What lies between two masked values is copied in one go.
            _scratch.Append(payload[copied..start]);
            copied = at;
            var value = payload.Slice(start + prefixSize, valueSize);
            if (isBinary)
                AppendBinary(mask, i, types[i], value);
            else
                AppendText(mask, value);
        }

        if (at != payload.Length)
            return -1;

        _scratch.Append(payload[copied..]);
        return Finish(ref sequence, output);
    }

    private static bool TryRead(
        ReadOnlySpan<byte> payload, int at, int column, ReadOnlySpan<MySqlType> types, out int valueSize, out int prefixSize, out bool isNull)
    {
        (valueSize, prefixSize, isNull) = (0, 0, false);
        long size;
        if (types.IsEmpty)
        {
            if (MySqlValuePrefix.TryReadText(payload[at..], out size, out prefixSize, out isNull) != OperationStatus.Done)
                return false;
        }
        else
        {
            isNull = MySqlBinaryRow.IsNull(payload, column);
            if (isNull)
                return true;

            if (MySqlValuePrefix.TryReadBinary(payload[at..], types[column], out size, out prefixSize) != OperationStatus.Done)
                return false;
        }

        if (size > payload.Length - at - prefixSize)
            return false;

        valueSize = (int)size;
        return true;
    }

    private void AppendText(ColumnMask mask, ReadOnlySpan<byte> value)
    {
        var start = _scratch.Length;
        _scratch.Append([NullMark]);
        if (mask.TryMask(value, _scratch))
            CloseValue(start, MySqlType.VarString);
        else
            _scratch.Truncate(start + 1);
    }

    private void AppendBinary(ColumnMask mask, int column, MySqlType type, ReadOnlySpan<byte> value)
    {
        var start = _scratch.Length;
        _scratch.Append([0]);
        if (mask.TryMask(value, _scratch))
        {
            CloseValue(start, type);
            return;
        }

        _scratch.Truncate(start);
        _scratch.PatchBits(BitmapAt + ((column + BitmapOffset) / 8), (byte)(1 << ((column + BitmapOffset) % 8)));
    }

    // One byte was kept for what stands in front of the value; most need exactly that.
    private void CloseValue(int start, MySqlType type)
    {
        Span<byte> prefix = stackalloc byte[MySqlValuePrefix.SizeMax];
        var prefixSize = MySqlValuePrefix.WriteBinary(prefix, type, _scratch.Length - start - 1);
        if (prefixSize > 1)
            _scratch.Insert(start, prefixSize - 1);
        else if (prefixSize == 0)
            _scratch.Remove(start, 1);

        prefix[..prefixSize].CopyTo(_scratch.Slice(start, prefixSize));
    }

    private int Finish(ref byte sequence, IBufferWriter<byte> output)
    {
        var size = _scratch.Length - MySqlPacketHeader.Size;
        if (size >= MySqlPacketHeader.BodySizeMax)
            return -1;

        MySqlPacketHeader.Write(_scratch.Slice(0, MySqlPacketHeader.Size), size, sequence);
        sequence = MySqlPacketHeader.Next(sequence);
        output.Write(_scratch.Written);
        return _scratch.Length;
    }
}
