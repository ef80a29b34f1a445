using System.Buffers;
using System.Text;

namespace JitProxy.Policy.Masking;

/// <summary>Replaces the inner or the outer characters of a text, one by one.</summary>
internal sealed class InnerOuterMask : TextMask
{
    private readonly int _prefix;
    private readonly int _suffix;
    private readonly bool _isInner;
    private readonly byte[] _substitution;

    public InnerOuterMask(MaskAlgorithm algorithm, byte[] full)
        : base(full)
    {
        _prefix = algorithm.Prefix;
        _suffix = algorithm.Suffix;
        _isInner = algorithm.Side == MaskSide.Inner;
        _substitution = Encoding.UTF8.GetBytes(algorithm.Substitution ?? "*");
    }

    public override string Algorithm => "inner_outer";

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        // Prefix and suffix would meet or overlap: inner would hide nothing, and outer would tell the length of a short value.
        if (!Characters.TryCount(value, out var count) || (long)_prefix + _suffix >= count)
            return TryMaskUnread(output);

        var inner = count - _prefix - _suffix;
        var innerStart = Characters.Skip(value, 0, _prefix);
        var innerEnd = _suffix == 0 ? value.Length : Characters.Skip(value, innerStart, inner);
        if (_isInner)
        {
            output.Write(value[..innerStart]);
            Characters.Repeat(_substitution, inner, output);
            output.Write(value[innerEnd..]);
        }
        else
        {
            Characters.Repeat(_substitution, _prefix, output);
            output.Write(value[innerStart..innerEnd]);
            Characters.Repeat(_substitution, _suffix, output);
        }

        return true;
    }
}
