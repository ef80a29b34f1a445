using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Policy.Masking;
using JitProxy.Server.Mask;
using JitProxy.Server.Sessions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Mask;

public sealed class LargeRowTests
{
    [TestCase(10)]
    [TestCase(100_000)]
    [TestCase(3_000_000)]
    public async Task A_masked_column_behind_a_large_one_leaves_masked(int size)
    {
        var large = new string('x', size);

        var (end, bytes) = await RelayAsync(Rows.Of(large, "secret", null, "Ben"), Rows.Plan(null, Rows.Full, ColumnMask.ToNull, null));

        Assert.That(end, Is.EqualTo(SessionEnd.Unspecified));
        Assert.That(bytes.AsSpan().SequenceEqual(Rows.Of(large, Rows.Masked, null, "Ben")), Is.True);
    }

    [Test]
    public async Task A_large_value_is_masked_without_being_held()
    {
        var (end, bytes) = await RelayAsync(Rows.Of("42", new string('s', 5_000_000), "Ben"), Rows.Plan(null, Rows.Initial, null));

        Assert.That(end, Is.EqualTo(SessionEnd.Unspecified));
        Assert.That(bytes, Is.EqualTo(Rows.Of("42", Rows.Masked, "Ben")));
    }

    [Test]
    public async Task A_row_without_masks_passes_unchanged()
    {
        var row = Rows.Of(new string('x', 2_000_000), null, "");

        var (end, bytes) = await RelayAsync(row, null);

        Assert.That(end, Is.EqualTo(SessionEnd.Unspecified));
        Assert.That(bytes.AsSpan().SequenceEqual(row), Is.True);
    }

    [Test]
    public async Task A_row_that_ends_early_is_an_upstream_lost_and_shows_no_masked_byte()
    {
        var row = Rows.Of(new string('x', 300_000), "secret");
        foreach (var cut in new[] { 5, 6, 7, 10, 11, 1000, 300_000, row.Length - 6, row.Length - 1 })
        {
            var (end, bytes) = await RelayAsync(row[..cut], Rows.Plan(null, Rows.Full), row.Length);
            Assert.That(end, Is.EqualTo(SessionEnd.UpstreamLost), $"cut at {cut}");
            Assert.That(bytes.AsSpan().IndexOf("secret"u8), Is.EqualTo(-1));
        }
    }

    [Test]
    public async Task A_column_that_claims_more_than_the_row_has_is_a_violation()
    {
        var row = Rows.Of(new string('x', 300_000), "secret");
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(7), row.Length);

        var (end, _) = await RelayAsync(row, Rows.Plan(null, Rows.Full));

        Assert.That(end, Is.EqualTo(SessionEnd.UpstreamViolation));
    }

    private static async Task<(SessionEnd End, byte[] Bytes)> RelayAsync(byte[] row, MaskPlan? plan, int? frameSize = null)
    {
        var input = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var output = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await input.Writer.WriteAsync(row);
        await input.Writer.CompleteAsync();
        using var large = new LargeRow(input.Reader, output.Writer, plan, static () => true);

        var end = await large.RelayAsync(frameSize ?? row.Length, CancellationToken.None);

        await output.Writer.CompleteAsync();
        var read = await output.Reader.ReadAtLeastAsync(int.MaxValue);
        return (end, read.Buffer.ToArray());
    }
}
