using System.Buffers;

namespace JitProxy.Policy.Masking;

/// <summary>Every text becomes the same text, so that not even its length shows.</summary>
internal sealed class FullMask(byte[] substitution) : ColumnMask
{
    public override string Algorithm => "full";

    public override bool IsConstant => true;

    public override bool TryMaskUnread(IBufferWriter<byte> output)
    {
        output.Write(substitution);
        return true;
    }

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output) => TryMaskUnread(output);
}
