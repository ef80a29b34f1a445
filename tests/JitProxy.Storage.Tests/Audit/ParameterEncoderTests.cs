using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using JitProxy.Policy.Redaction;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

internal sealed class ParameterEncoderTests
{
    private static readonly byte[] Key = "a key that is kept in the store."u8.ToArray();

    [Test]
    public void Clear_keeps_values()
    {
        Assert.That(Encode(KeptAs.Clear), Is.EqualTo(new string?[] { "42", null, "\\xff00", "" }));
    }

    [Test]
    public void Hash_keeps_keyed_digests_only()
    {
        var values = Encode(KeptAs.Hash);

        Assert.That(values[0], Is.EqualTo("hmac-sha256:" + Convert.ToHexStringLower(HMACSHA256.HashData(Key, "42"u8))));
        Assert.That(values[1], Is.Null);
    }

    [Test]
    public void Omit_keeps_how_many_there_were()
    {
        Assert.That(Encode(KeptAs.Omit), Is.EqualTo(new[] { "(omitted)", "(omitted)", "(omitted)", "(omitted)" }));
    }

    [Test]
    public void A_large_value_is_kept_in_part_with_its_digest()
    {
        var value = Encoding.ASCII.GetBytes(new string('v', 100_000));
        using var encoder = new ParameterEncoder(KeptAs.Clear, Key);
        encoder.AddText(value);

        var kept = Decode(encoder).Single();

        Assert.That(kept, Does.StartWith(new string('v', 1024) + "...").And.Contain("100000 bytes").And.Contain(Convert.ToHexStringLower(SHA256.HashData(value))));
        Assert.That(encoder.Encoded.Length, Is.LessThan(2000));
    }

    [TestCase(KeptAs.Clear)]
    [TestCase(KeptAs.Hash)]
    [TestCase(KeptAs.Omit)]
    public void Many_values_are_bounded_and_still_told_apart(KeptAs policy)
    {
        using var encoder = new ParameterEncoder(policy, Key);
        var first = Many(encoder, last: "a"u8.ToArray());
        encoder.Clear();
        var second = Many(encoder, last: "b"u8.ToArray());

        Assert.That(encoder.Encoded.Length, Is.LessThan(300 * 1024));
        Assert.That(first[^1], Does.Contain("more").Or.EqualTo("(omitted)"));
        Assert.That(first[^1] == second[^1], Is.EqualTo(policy == KeptAs.Omit));
    }

    [Test]
    public void Damaged_bytes_do_not_decode_and_do_not_throw()
    {
        using var encoder = new ParameterEncoder(KeptAs.Clear, Key);
        encoder.AddText("hello"u8);
        encoder.AddBinary(new byte[9000]);
        var whole = encoder.Encoded.ToArray();
        for (var size = 1; size < whole.Length; size++)
        {
            if (Parameters.TryDecode(whole.AsSpan(0, size), out var values))
                Assert.That((size, values), Is.EqualTo((7, values)), "cut between the two values");
        }

        Assert.That(Parameters.TryDecode([99], out _), Is.False);
    }

    private static ImmutableArray<string?> Many(ParameterEncoder encoder, byte[] last)
    {
        for (var index = 0; index < 65_000; index++)
            encoder.AddText("0123456789"u8);
        encoder.AddText(last);
        return Decode(encoder);
    }

    private static ImmutableArray<string?> Encode(KeptAs policy)
    {
        using var encoder = new ParameterEncoder(policy, Key);
        encoder.AddText("forget me"u8);
        encoder.Clear();
        encoder.AddText("42"u8);
        encoder.AddNull();
        encoder.AddBinary([0xff, 0x00]);
        encoder.AddText([]);
        return Decode(encoder);
    }

    private static ImmutableArray<string?> Decode(ParameterEncoder encoder)
    {
        Assert.That(Parameters.TryDecode(encoder.Encoded, out var values), Is.True);
        return values;
    }
}
