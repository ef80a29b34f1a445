using System.Buffers;
using JitProxy.Policy.Masking;
using JitProxy.Server.Mask;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Mask;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RowMaskerTests
{
    private readonly RowMasker _masker = new();
    private readonly ArrayBufferWriter<byte> _output = new();

    [Test]
    public void Masked_columns_are_replaced_and_the_others_stay_as_they_are()
    {
        var size = _masker.TryRewrite(Rows.Of("42", "secret", null, "Ben"), Rows.Masks(null, Rows.Full, null, null), _output);

        Assert.That(_output.WrittenSpan.ToArray(), Is.EqualTo(Rows.Of("42", Rows.Masked, null, "Ben")));
        Assert.That(size, Is.EqualTo(_output.WrittenCount));
    }

    [Test]
    public void Null_stays_null_and_a_mask_may_make_null()
    {
        _masker.TryRewrite(Rows.Of(null, "secret", ""), Rows.Masks(Rows.Full, ColumnMask.ToNull, Rows.Full), _output);

        Assert.That(_output.WrittenSpan.ToArray(), Is.EqualTo(Rows.Of(null, null, Rows.Masked)));
    }

    [Test]
    public void A_row_with_other_columns_than_planned_leaves_no_byte()
    {
        Assert.That(_masker.TryRewrite(Rows.Of("a"), Rows.Masks(null, Rows.Full), _output), Is.EqualTo(-1));
        Assert.That(_masker.TryRewrite(Rows.Of("a", "b", "c"), Rows.Masks(null, Rows.Full), _output), Is.EqualTo(-1));
        Assert.That(_output.WrittenCount, Is.Zero);
    }

    [Test]
    public void A_row_cut_or_lengthened_anywhere_leaves_no_byte()
    {
        var row = Rows.Of("42", "secret", "Ben");
        var masks = Rows.Masks(null, Rows.Full, null);
        for (var size = 0; size < row.Length; size++)
            Assert.That(_masker.TryRewrite(row.AsSpan(0, size), masks, _output), Is.EqualTo(-1), $"cut to {size}");

        Assert.That(_masker.TryRewrite([.. row, 0], masks, _output), Is.EqualTo(-1));
        Assert.That(_output.WrittenCount, Is.Zero);
    }

    [TestCase(-2)]
    [TestCase(int.MinValue)]
    [TestCase(int.MaxValue)]
    public void A_value_of_impossible_length_leaves_no_byte(int length)
    {
        var row = Rows.Of("42", "secret");
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(7), length);

        Assert.That(_masker.TryRewrite(row, Rows.Masks(null, Rows.Full), _output), Is.EqualTo(-1));
        Assert.That(_output.WrittenCount, Is.Zero);
    }

    [Test]
    public void Rewriting_allocates_nothing_per_row()
    {
        var row = Rows.Of("42", "secret", "Ben");
        var masks = Rows.Masks(null, ColumnMask.ToNull, null);
        var output = new ArrayBufferWriter<byte>(1 << 20);
        _masker.TryRewrite(row, masks, output);
        output.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            _masker.TryRewrite(row, masks, output);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
