using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace JitProxy.Policy.Masking;

/// <summary>Hides the values of one column of one result: an algorithm for one type in one format.</summary>
/// <remarks>Immutable and safe for threads; allocates nothing per value.</remarks>
public abstract class ColumnMask
{
    /// <summary>A larger value, in bytes, is masked in full without being read; <see cref="TryMaskUnread"/> does so before it has arrived.</summary>
    public const int ReadSizeMax = 1 << 20;

    private static ReadOnlySpan<byte> FullText => "******"u8;

    /// <summary>The mask that makes every value NULL.</summary>
    public static ColumnMask ToNull { get; } = new NullMask();

    /// <summary>The name of the algorithm as it is applied, which for a type that the chosen one cannot write is <c>null</c>.</summary>
    public abstract string Algorithm { get; }

    /// <summary>True if the result is the same for every value, so that nobody needs to gather a value that arrives in parts.</summary>
    public virtual bool IsConstant => false;

    /// <summary>Writes what the client sees in place of <paramref name="value"/>, which is not NULL (NULL stays NULL).</summary>
    /// <returns>False if it sees SQL NULL; nothing is written then.</returns>
    public bool TryMask(ReadOnlySpan<byte> value, IBufferWriter<byte> output) =>
        value.Length > ReadSizeMax ? TryMaskUnread(output) : TryMaskValue(value, output);

    /// <summary>Writes the full mask, which does not depend on the value.</summary>
    /// <returns>False if the client sees SQL NULL; nothing is written then.</returns>
    public abstract bool TryMaskUnread(IBufferWriter<byte> output);

    /// <summary>The mask of <paramref name="algorithm"/> for values of this shape and format (0 text, 1 binary).</summary>
    internal static ColumnMask Create(MaskAlgorithm algorithm, ValueShape shape, short format, MaskSecrets secrets)
    {
        if (format is not (0 or 1) || shape == ValueShape.Other)
            return ToNull;
        if (algorithm.Objection is not null)
            algorithm = MaskAlgorithm.Full;
        return shape == ValueShape.Text ? CreateText(algorithm, secrets) : CreateTyped(algorithm, shape, isBinary: format == 1);
    }

    /// <summary>As <see cref="TryMask"/>, for a value of at most <see cref="ReadSizeMax"/> bytes.</summary>
    private protected abstract bool TryMaskValue(ReadOnlySpan<byte> value, IBufferWriter<byte> output);

    private static ColumnMask CreateText(MaskAlgorithm algorithm, MaskSecrets secrets)
    {
        var full = FullText.ToArray();
        return algorithm.Kind switch
        {
            MaskKind.Null => ToNull,
            MaskKind.Full when algorithm.Substitution is { } substitution => new FullMask(Encoding.UTF8.GetBytes(substitution)),
            MaskKind.Hash when TrySecret(algorithm, secrets.HashKey, out var key) => new HashMask(key, full),
            MaskKind.Md5 when TrySecret(algorithm, secrets.Md5Salt, out var salt) => new Md5Mask(salt, full),
            MaskKind.Range => new RangeMask(algorithm, full),
            MaskKind.InnerOuter => new InnerOuterMask(algorithm, full),
            MaskKind.Full or MaskKind.Hash or MaskKind.Md5 or MaskKind.DateTrunc or MaskKind.Round => new FullMask(full),
        };
    }

    private static ColumnMask CreateTyped(MaskAlgorithm algorithm, ValueShape shape, bool isBinary) => (algorithm.Kind, shape) switch
    {
        // A date has no hours to lose.
        (MaskKind.DateTrunc, ValueShape.Date) when algorithm.Unit >= DateUnit.Day => ToNull,
        (MaskKind.DateTrunc, ValueShape.Date or ValueShape.Timestamp or ValueShape.TimestampTz) => new DateTruncMask(algorithm.Unit, shape, isBinary),
        (MaskKind.Round, ValueShape.Int2) => CreateIntegerRound(algorithm.Step, sizeof(short), isBinary),
        (MaskKind.Round, ValueShape.Int4) => CreateIntegerRound(algorithm.Step, sizeof(int), isBinary),
        (MaskKind.Round, ValueShape.Int8) => CreateIntegerRound(algorithm.Step, sizeof(long), isBinary),
        (MaskKind.Round, ValueShape.Float4 or ValueShape.Float8) => new FloatRoundMask(algorithm.Step, shape == ValueShape.Float8, isBinary),
        (MaskKind.Round, ValueShape.Numeric) => new NumericRoundMask(algorithm.Step, isBinary),
        _ => ToNull,
    };

    // A step of 1 hides nothing of an integer, and a broken one has multiples that are none.
    private static ColumnMask CreateIntegerRound(decimal step, int size, bool isBinary) =>
        step is > 1 and <= long.MaxValue && step == decimal.Truncate(step) ? new IntegerRoundMask((long)step, size, isBinary) : ToNull;

    private static bool TrySecret(MaskAlgorithm algorithm, ImmutableArray<byte> shared, out byte[] secret)
    {
        secret = algorithm.Salt is { } own ? Encoding.UTF8.GetBytes(own) : [.. shared];
        return algorithm.Salt is not null || secret.Length >= MaskSecrets.SizeMin;
    }
}
