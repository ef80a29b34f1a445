using System.Buffers;
using System.Text;
using JitProxy.Policy.Masking;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class MaskAllocationTests
{
    private static IEnumerable<TestCaseData> Cases()
    {
        byte[] ascii = [.. Encoding.UTF8.GetBytes("alice.liddell@example.com")];
        byte[] unicode = [.. Encoding.UTF8.GetBytes("Grüße aus 東京 👋")];
        MaskAlgorithm[] texts = [MaskAlgorithm.Null, MaskAlgorithm.Full, new(MaskKind.Hash), new(MaskKind.Md5), Shop.Email, new(MaskKind.Range) { Ranges = [new(2, 5), new(-3, null, "é")] }];
        foreach (var algorithm in texts)
        {
            yield return Case(algorithm, ValueShape.Text, 0, ascii);
            yield return Case(algorithm, ValueShape.Text, 1, unicode);
            yield return Case(algorithm, ValueShape.Text, 1, new byte[10_000]);
        }

        var month = new MaskAlgorithm(MaskKind.DateTrunc) { Unit = DateUnit.Month };
        yield return Case(month, ValueShape.Date, 0, "2024-07-15"u8.ToArray());
        yield return Case(month, ValueShape.Date, 1, Masks.Big(8000));
        yield return Case(month, ValueShape.TimestampTz, 0, "2024-07-15 13:45:10.25+02"u8.ToArray());
        yield return Case(month, ValueShape.Timestamp, 1, Masks.Big(777_777_777_777_777));
        yield return Case(month, ValueShape.Timestamp, 0, "infinity"u8.ToArray());

        var round = new MaskAlgorithm(MaskKind.Round) { Step = 100 };
        yield return Case(round, ValueShape.Int4, 0, "12345"u8.ToArray());
        yield return Case(round, ValueShape.Int4, 1, Masks.Big(12345));
        yield return Case(round, ValueShape.Float8, 0, "12345.67"u8.ToArray());
        yield return Case(round, ValueShape.Float8, 1, Masks.Big(12345.67));
        yield return Case(round, ValueShape.Numeric, 0, "12345.67"u8.ToArray());
        yield return Case(round, ValueShape.Numeric, 1, Convert.FromHexString("0002000000000002007b1194"));
        yield return Case(round, ValueShape.Numeric, 0, "1e5"u8.ToArray());
    }

    [TestCaseSource(nameof(Cases))]
    public void Masking_a_value_allocates_nothing(ColumnMask mask, byte[] value)
    {
        const int Count = 1000;
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        for (var i = 0; i < 50; i++)
            MaskOnce();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Count; i++)
            MaskOnce();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void MaskOnce()
        {
            output.ResetWrittenCount();
            mask.TryMask(value, output);
        }
    }

    private static TestCaseData Case(MaskAlgorithm algorithm, ValueShape shape, short format, byte[] value) =>
        new TestCaseData(ColumnMask.Create(algorithm, shape, format, Shop.Policy.Secrets), value).SetArgDisplayNames(algorithm.Name, $"{shape}{format}:{value.Length}");
}
