using System.Security.Cryptography;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Export;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Export;

internal sealed class ResumeFilterTests
{
    private static readonly byte[] File = Enumerable.Range(0, (3 * ExportPieces.Size) + 100).Select(static i => (byte)(i * 31L % 251)).ToArray();

    [TestCase(0, 1000)]
    [TestCase(1, 1000)]
    [TestCase(2, 3 * ExportPieces.Size)]
    [TestCase(3, 65536)]
    public async Task What_is_held_of_the_same_file_is_not_sent_again(int pieces, int step)
    {
        var (kept, sent) = await RunAsync(Hashes(File, pieces), step);

        Assert.That(kept, Is.EqualTo((long)pieces * ExportPieces.Size));
        Assert.That(sent.AsSpan().SequenceEqual(File.AsSpan((int)kept)), Is.True);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public async Task From_the_first_difference_on_everything_is_sent_also_what_is_the_same_again(int changed)
    {
        var older = File.ToArray();
        older[(changed * ExportPieces.Size) + 17]++;

        var (kept, sent) = await RunAsync(Hashes(older, 3), 70_000);

        Assert.That(kept, Is.EqualTo((long)changed * ExportPieces.Size));
        Assert.That(sent.AsSpan().SequenceEqual(File.AsSpan((int)kept)), Is.True);
    }

    [Test]
    public async Task A_file_that_became_shorter_keeps_nothing_behind_its_end()
    {
        var longer = File.Concat(new byte[ExportPieces.Size]).ToArray();

        var (kept, sent) = await RunAsync(Hashes(longer, 4), 70_000);

        Assert.That(kept, Is.EqualTo(3L * ExportPieces.Size));
        Assert.That(sent.AsSpan().SequenceEqual(File.AsSpan((int)kept)), Is.True);
    }

    private static byte[] Hashes(byte[] file, int pieces) =>
        [.. Enumerable.Range(0, pieces).SelectMany(i => SHA256.HashData(file.AsSpan(i * ExportPieces.Size, ExportPieces.Size)))];

    private static async Task<(long Kept, byte[] Sent)> RunAsync(byte[] held, int step)
    {
        var kept = new List<long>();
        var sent = new MemoryStream();
        var filter = new ResumeFilter(
            held,
            bytes =>
            {
                Assert.That(sent.Length, Is.Zero, "what is kept is said before anything is sent");
                kept.Add(bytes);
                return default;
            },
            bytes => sent.WriteAsync(bytes));
        for (var at = 0; at < File.Length; at += step)
            await filter.WriteAsync(File.AsMemory(at, Math.Min(step, File.Length - at)));

        await filter.EndAsync();
        return (kept.Single(), sent.ToArray());
    }
}
