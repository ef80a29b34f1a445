namespace JitProxy.Policy.Masking;

/// <summary>A range of characters to replace.</summary>
/// <param name="Start">Index of the first one, from 0; negative counts from the end.</param>
/// <param name="End">Index after the last one; negative counts from the end; null means the end.</param>
/// <param name="Substitution">What replaces each of them; null means the algorithm's.</param>
public readonly record struct MaskRange(int Start, int? End, string? Substitution = null)
{
    /// <summary>The range's place in a text of <paramref name="length"/> characters; false if the text is too short to hold it.</summary>
    internal bool TryResolve(int length, out int start, out int end)
    {
        start = Start < 0 ? length + Start : Start;
        end = End switch { null => length, < 0 => length + End.Value, _ => End.Value };
        return start >= 0 && start < end && end <= length;
    }
}
