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
    /// <remarks>Both are bare bytes: without the length that MySQL puts before them, and that before its binary dates.</remarks>
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
        (MaskKind.DateTrunc, ValueShape.MySqlDate) when algorithm.Unit >= DateUnit.Day => ToNull,
        (MaskKind.DateTrunc, ValueShape.MySqlDate or ValueShape.MySqlDateTime) =>
            new MySqlDateTruncMask(algorithm.Unit, hasTime: shape == ValueShape.MySqlDateTime, isBinary),
        (MaskKind.Round, ValueShape.Float4 or ValueShape.Float8) => new FloatRoundMask(algorithm.Step, shape == ValueShape.Float8, isBinary),
        (MaskKind.Round, ValueShape.MySqlFloat4 or ValueShape.MySqlFloat8) =>
            new FloatRoundMask(algorithm.Step, shape == ValueShape.MySqlFloat8, isBinary, isLittleEndian: true),
        (MaskKind.Round, ValueShape.Numeric) => new NumericRoundMask(algorithm.Step, isBinary),
        (MaskKind.Round, ValueShape.MySqlDecimal) => new NumericRoundMask(algorithm.Step, isBinary: false),
        (MaskKind.Round, _) when IntegerOf(shape) is { } form => CreateIntegerRound(algorithm.Step, form, isBinary),
        _ => ToNull,
    };

    private static IntegerForm? IntegerOf(ValueShape shape) => shape switch
    {
        ValueShape.Int2 => IntegerForm.OfPostgres(sizeof(short)),
        ValueShape.Int4 => IntegerForm.OfPostgres(sizeof(int)),
        ValueShape.Int8 => IntegerForm.OfPostgres(sizeof(long)),
        ValueShape.MySqlInt1 or ValueShape.MySqlUInt1 => IntegerForm.OfMySql(sizeof(byte), shape == ValueShape.MySqlUInt1),
        ValueShape.MySqlInt2 or ValueShape.MySqlUInt2 => IntegerForm.OfMySql(sizeof(short), shape == ValueShape.MySqlUInt2),
        ValueShape.MySqlInt3 or ValueShape.MySqlUInt3 => IntegerForm.OfMySql(sizeof(int), shape == ValueShape.MySqlUInt3) with { Bits = 24 },
        ValueShape.MySqlInt4 or ValueShape.MySqlUInt4 => IntegerForm.OfMySql(sizeof(int), shape == ValueShape.MySqlUInt4),
        ValueShape.MySqlInt8 or ValueShape.MySqlUInt8 => IntegerForm.OfMySql(sizeof(long), shape == ValueShape.MySqlUInt8),
        _ => null,
    };

    // A step of 1 hides nothing of an integer, and a broken one has multiples that are none.
    private static ColumnMask CreateIntegerRound(decimal step, IntegerForm form, bool isBinary) =>
        step is > 1 and <= long.MaxValue && step == decimal.Truncate(step) ? new IntegerRoundMask((long)step, form, isBinary) : ToNull;

    private static bool TrySecret(MaskAlgorithm algorithm, ImmutableArray<byte> shared, out byte[] secret)
    {
        secret = algorithm.Salt is { } own ? Encoding.UTF8.GetBytes(own) : [.. shared];
        return algorithm.Salt is not null || secret.Length >= MaskSecrets.SizeMin;
    }
}
