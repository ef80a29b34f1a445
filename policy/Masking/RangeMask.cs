using System.Buffers;
using System.Text;

namespace JitProxy.Policy.Masking;

/// <summary>Replaces ranges of a text's characters, one by one. Where ranges overlap, the first of them counts.</summary>
internal sealed class RangeMask : TextMask
{
    private readonly MaskRange[] _ranges;
    private readonly byte[][] _substitutions;

    public RangeMask(MaskAlgorithm algorithm, byte[] full)
        : base(full)
    {
        _ranges = [.. algorithm.Ranges];
        _substitutions = [.. _ranges.Select(r => Encoding.UTF8.GetBytes(r.Substitution ?? algorithm.Substitution ?? "*"))];
    }

    public override string Algorithm => "range";

    private protected override bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        // A text that does not hold every range is too short: its end would show what the range was to hide.
        Span<(int Start, int End)> places = stackalloc (int, int)[MaskAlgorithm.RangeCountMax];
        places = places[.._ranges.Length];
        if (!Characters.TryCount(value, out var count))
            return TryMaskUnread(output);
        for (var i = 0; i < _ranges.Length; i++)
        {
            if (!_ranges[i].TryResolve(count, out var start, out var end))
                return TryMaskUnread(output);
            places[i] = (start, end);
        }

        // From one boundary of a range to the next, all characters share one fate.
        for (int at = 0, offset = 0; at < count;)
        {
            var range = RangeAt(places, at, out var boundary);
            boundary = Math.Min(boundary, count);
            var next = Characters.Skip(value, offset, boundary - at);
            if (range < 0)
                output.Write(value[offset..next]);
            else
                Characters.Repeat(_substitutions[range], boundary - at, output);
            (at, offset) = (boundary, next);
        }

        return true;
    }

    // The first range over a character, or -1, and where the answer may next change.
    private static int RangeAt(ReadOnlySpan<(int Start, int End)> places, int at, out int boundary)
    {
        boundary = int.MaxValue;
        var found = -1;
        for (var i = 0; i < places.Length; i++)
        {
            var (start, end) = places[i];
            if (start > at)
                boundary = Math.Min(boundary, start);
            if (end > at)
                boundary = Math.Min(boundary, end);
            if (found < 0 && start <= at && at < end)
                found = i;
        }

        return found;
    }
}
