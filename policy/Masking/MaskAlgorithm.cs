using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JitProxy.Policy.Masking;

/// <summary>A way to hide values, with its parameters. Equal by value.</summary>
/// <param name="Kind">The way.</param>
public sealed record MaskAlgorithm(MaskKind Kind)
{
    /// <summary>Most bytes that a substitution may have.</summary>
    public const int SubstitutionSizeMax = 16;

    /// <summary>Most ranges that one algorithm may have.</summary>
    public const int RangeCountMax = 16;

    /// <summary>The full mask: <c>******</c> for texts, NULL for all else.</summary>
    public static MaskAlgorithm Full { get; } = new(MaskKind.Full);

    /// <summary>NULL for everything.</summary>
    public static MaskAlgorithm Null { get; } = new(MaskKind.Null);

    /// <summary>
    /// What replaces a text (<c>full</c>; null means <c>******</c>) or each character (<c>range</c>, <c>inner_outer</c>; null means <c>*</c>).
    /// </summary>
    public string? Substitution { get; init; }

    /// <summary>The key of <c>hash</c> or the salt of <c>md5</c>, for this algorithm alone; null means the policy's <see cref="MaskSecrets"/>.</summary>
    public string? Salt { get; init; }

    /// <summary>The characters that <c>range</c> replaces.</summary>
    public ImmutableArray<MaskRange> Ranges { get; init; } = [];

    /// <summary>Characters at the start that <c>inner_outer</c> keeps (inner) or replaces (outer).</summary>
    public int Prefix { get; init; }

    /// <summary>Characters at the end that <c>inner_outer</c> keeps (inner) or replaces (outer).</summary>
    public int Suffix { get; init; }

    /// <summary>Which side <c>inner_outer</c> replaces.</summary>
    public MaskSide Side { get; init; }

    /// <summary>What <c>date_trunc</c> cuts down to.</summary>
    public DateUnit Unit { get; init; }

    /// <summary>What <c>round</c> rounds to a multiple of; 0.01 for two digits, 1000 for minus three.</summary>
    public decimal Step { get; init; }

    /// <summary>The algorithm's name in the configuration.</summary>
    public string Name => Kind switch
    {
        MaskKind.Null => "null",
        MaskKind.Full => "full",
        MaskKind.Hash => "hash",
        MaskKind.Md5 => "md5",
        MaskKind.Range => "range",
        MaskKind.InnerOuter => "inner_outer",
        MaskKind.DateTrunc => "date_trunc",
        MaskKind.Round => "round",
    };

    /// <summary>Null if the parameters make sense; otherwise what is wrong with them, as a sentence. An algorithm with an objection masks in full.</summary>
    public string? Objection => SubstitutionObjection(Substitution) ?? Kind switch
    {
        MaskKind.Hash or MaskKind.Md5 when Salt is "" => "salt cannot be empty",
        MaskKind.Null or MaskKind.Full or MaskKind.Hash or MaskKind.Md5 or MaskKind.DateTrunc => null,
        MaskKind.Range => RangesObjection,
        MaskKind.InnerOuter when Prefix < 0 || Suffix < 0 => "prefix and suffix count characters and cannot be negative",
        MaskKind.InnerOuter when Side == MaskSide.Outer && Prefix == 0 && Suffix == 0 => "type outer with prefix 0 and suffix 0 hides nothing",
        MaskKind.InnerOuter => null,
        MaskKind.Round when Step <= 0 => "step must be greater than 0",
        MaskKind.Round => null,
    };

    private string? RangesObjection
    {
        get
        {
            if (Ranges.IsDefaultOrEmpty)
                return "range needs at least one of `ranges`";
            if (Ranges.Length > RangeCountMax)
                return $"range takes at most {RangeCountMax} ranges";
            foreach (var range in Ranges)
            {
                var sameSide = range.End is { } end && (end < 0) == (range.Start < 0);
                if (sameSide && range.End <= range.Start)
                    return $"range {range.Start} to {range.End} is empty";
                if (SubstitutionObjection(range.Substitution) is { } objection)
                    return objection;
            }

            return null;
        }
    }

    /// <summary><c>round</c> to this many digits after the point; negative ones count before it. False if a number cannot have as many.</summary>
    public static bool TryRoundToDigits(int digits, [NotNullWhen(true)] out MaskAlgorithm? algorithm)
    {
        algorithm = null;
        if (digits is < -28 or > 28)
            return false;

        var step = 1m;
        for (var i = Math.Abs(digits); i > 0; i--)
            step = digits > 0 ? step / 10 : step * 10;
        algorithm = new(MaskKind.Round) { Step = step };
        return true;
    }

    /// <summary>The algorithm that hides what both hide; null means that nothing is hidden.</summary>
    /// <remarks>
    /// null, full, hash, md5 hide more in that order, and more than the others. The others each show a part of the value, and
    /// not the same part: two of them that differ, in kind or in parameters, have no order, and become full.
    /// </remarks>
    public static MaskAlgorithm? Stricter(MaskAlgorithm? left, MaskAlgorithm? right)
    {
        if (left is null || right is null)
            return left ?? right;
        if (left.Kind >= MaskKind.Range && right.Kind >= MaskKind.Range)
            return left == right ? left : Full;
        return left.Kind <= right.Kind ? left : right;
    }

    /// <summary>True if both hide in the same way.</summary>
    public bool Equals(MaskAlgorithm? other) =>
        other is not null && Kind == other.Kind && Substitution == other.Substitution && Salt == other.Salt
        && Prefix == other.Prefix && Suffix == other.Suffix && Side == other.Side && Unit == other.Unit && Step == other.Step
        && Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan());

    /// <summary>Fits <see cref="Equals(MaskAlgorithm?)"/>.</summary>
    public override int GetHashCode() => HashCode.Combine(Kind, Substitution, Prefix, Suffix, Side, Unit, Step, Ranges.Length);

    /// <summary>The name alone: parameters may hold a secret.</summary>
    public override string ToString() => Name;

    private static string? SubstitutionObjection(string? substitution) => substitution switch
    {
        null => null,
        "" => "substitution cannot be empty",
        _ when Encoding.UTF8.GetByteCount(substitution) > SubstitutionSizeMax =>
            $"substitution is longer than {SubstitutionSizeMax} bytes",
        _ when substitution.Any(char.IsControl) => "substitution cannot hold control characters",
        _ => null,
    };
}
