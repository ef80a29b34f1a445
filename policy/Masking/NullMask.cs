using System.Buffers;

namespace JitProxy.Policy.Masking;

/// <summary>Every value becomes NULL: the one form that is true to every type.</summary>
internal sealed class NullMask : ColumnMask
{
    public override string Algorithm => "null";

    public override bool IsConstant => true;

    public override bool TryMaskUnread(IBufferWriter<byte> output) => false;

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output) => false;
}
