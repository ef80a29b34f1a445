using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Masking;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Tests.Mask;

/// <summary>Rows to mask, and what they should become.</summary>
internal static class Rows
{
    /// <summary>What <see cref="Full"/> makes of any text.</summary>
    public const string Masked = "******";

    /// <summary>A mask for texts.</summary>
    public static ColumnMask Full { get; } = ColumnMask.Create(MaskAlgorithm.Full, ValueShape.Text, 0, MaskSecrets.None);

    /// <summary>A mask that shows the first character, so that a test sees which value reached it.</summary>
    public static ColumnMask Initial { get; } =
        ColumnMask.Create(new(MaskKind.InnerOuter) { Prefix = 1 }, ValueShape.Text, 0, MaskSecrets.None);

    /// <summary>A DataRow with these texts; null for NULL.</summary>
    public static byte[] Of(params string?[] values)
    {
        var output = new ArrayBufferWriter<byte>();
        PgDataRow.Write(output, [.. values.Select(static v => v is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(v))]);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A plan with these masks.</summary>
    public static MaskPlan Plan(params ColumnMask?[] masks) => new()
    {
        Columns = [.. masks],
        MaskedColumns = [.. masks.Where(static m => m is not null).Select(static (_, i) => $"column {i}")],
    };

    /// <summary>The masks of a plan.</summary>
    public static ImmutableArray<ColumnMask?> Masks(params ColumnMask?[] masks) => [.. masks];
}
