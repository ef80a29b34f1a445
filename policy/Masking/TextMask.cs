using System.Buffers;

namespace JitProxy.Policy.Masking;

/// <summary>A mask that shows something of a text; what it cannot work on, it masks in full.</summary>
internal abstract class TextMask(byte[] full) : ColumnMask
{
    public sealed override bool TryMaskUnread(IBufferWriter<byte> output)
    {
        output.Write(full);
        return true;
    }
}
