using JitProxy.Wire.Tests.MySql;
using JitProxy.Wire.Tests.Postgres;
using NUnit.Framework;

namespace JitProxy.Wire.Tests;

[TestFixtureSource(typeof(PgDecoders), nameof(PgDecoders.All))]
[TestFixtureSource(typeof(MySqlDecoders), nameof(MySqlDecoders.All))]
internal sealed class DecoderTests(Decoder decoder)
{
    private const int FuzzRounds = 100_000;

    [Test]
    public void Whole_body_is_read_and_written_again_byte_for_byte()
    {
        foreach (var body in decoder.Sound)
            Assert.That(decoder.Read(body), Is.EqualTo(body), Convert.ToHexString(body));
    }

    [Test]
    public void Body_cut_at_any_byte_is_refused_unless_it_is_open()
    {
        foreach (var body in decoder.Shortest)
        {
            for (var size = 0; size < body.Length; size++)
            {
                var expected = size < decoder.OpenFrom ? null : body[..size];
                Assert.That(decoder.Read(body[..size]), Is.EqualTo(expected), $"{size} of {Convert.ToHexString(body)}");
            }
        }
    }

    [Test]
    public void Body_with_one_byte_too_many_is_refused_unless_it_is_open()
    {
        foreach (var body in decoder.Longest)
        {
            foreach (var extra in (byte[])[0, 1, 255])
            {
                byte[] longer = [.. body, extra];
                Assert.That(decoder.Read(longer), Is.EqualTo(longer.Length > decoder.OpenFrom ? longer : null), Convert.ToHexString(body));
            }
        }
    }

    [Test]
    public void Unsound_lengths_counts_and_strings_are_refused()
    {
        foreach (var body in decoder.Unsound)
            Assert.That(decoder.Read(body), Is.Null, Convert.ToHexString(body));
    }

    [Test]
    public void Random_and_mutated_bodies_are_refused_or_written_again_byte_for_byte()
    {
        // Another seed than zero only to find more: any seed must pass.
        var random = new Random(20_260_101);
        var accepted = 0;
        for (var round = 0; round < FuzzRounds; round++)
        {
            var body = Mutate(decoder.Sound[random.Next(decoder.Sound.Length)], random);
            var written = decoder.Read(body);
            if (written is null)
                continue;

            accepted++;
            if (!written.AsSpan().SequenceEqual(body))
                Assert.Fail($"{Convert.ToHexString(body)} was written as {Convert.ToHexString(written)}");
        }

        Assert.That(accepted, Is.InRange(1, FuzzRounds - 1), "the fuzz must see both answers");
    }

    private static byte[] Mutate(byte[] body, Random random)
    {
        var bytes = new List<byte>(body);
        for (var changes = random.Next(4); changes >= 0; changes--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 3 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    var filler = new byte[random.Next(8)];
                    random.NextBytes(filler);
                    bytes.InsertRange(at, filler);
                    break;
            }
        }

        return [.. bytes];
    }
}
