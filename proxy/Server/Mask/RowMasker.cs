using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using JitProxy.Policy.Masking;

namespace JitProxy.Server.Mask;

/// <summary>Rewrites DataRow messages so that every masked column leaves masked, in one pass and without allocating.</summary>
/// <remarks>Rows are built in a scratch buffer of its own, never in the receive buffer: a row whose layout is wrong leaves no byte behind.</remarks>
internal sealed class RowMasker
{
    private const int HeaderSize = 7;
    private readonly RowScratch _scratch = new();

    /// <summary>Appends the masked form of one DataRow.</summary>
    /// <param name="frame">The whole message, tag and length included.</param>
    /// <param name="masks">One entry per column; null where the value leaves as it is.</param>
    /// <param name="output">Takes the rewritten message.</param>
    /// <returns>Its size, or -1 if the row does not have the columns that the masks were made for; nothing is written then.</returns>
    public int TryRewrite(ReadOnlySpan<byte> frame, ImmutableArray<ColumnMask?> masks, IBufferWriter<byte> output)
    {
        if (frame.Length < HeaderSize || BinaryPrimitives.ReadUInt16BigEndian(frame[5..]) != masks.Length)
            return -1;

        _scratch.Reset();
        var at = HeaderSize;

        // What lies between two masked values is copied in one go, and a row without any is not copied here at all.
        var copied = 0;
        foreach (var mask in masks)
        {
            if (frame.Length - at < sizeof(int))
                return -1;

            var size = BinaryPrimitives.ReadInt32BigEndian(frame[at..]);
            var start = at;
            at += sizeof(int);
            if (size < -1 || size > frame.Length - at)
                return -1;

            if (size > 0)
                at += size;

            if (mask is null || size == -1)
                continue;

            _scratch.Append(frame[copied..start]);
            AppendMasked(mask, frame.Slice(start + sizeof(int), size));
            copied = at;
        }

        if (at != frame.Length)
            return -1;

        if (copied == 0)
        {
            output.Write(frame);
            return frame.Length;
        }

        _scratch.Append(frame[copied..]);
        _scratch.PatchInt32(1, _scratch.Length - 1);
        output.Write(_scratch.Written);
        return _scratch.Length;
    }

    private void AppendMasked(ColumnMask mask, ReadOnlySpan<byte> value)
    {
        var lengthAt = _scratch.Length;
        _scratch.AppendInt32(-1);
        if (mask.TryMask(value, _scratch))
            _scratch.PatchInt32(lengthAt, _scratch.Length - lengthAt - sizeof(int));
    }
}
