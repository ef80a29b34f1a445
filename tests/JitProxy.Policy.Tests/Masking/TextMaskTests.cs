using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using JitProxy.Policy.Masking;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class TextMaskTests
{
    private const string Family = "👨‍👩‍👧"; // five code points, eighteen bytes

    private static readonly MaskAlgorithm Hash = new(MaskKind.Hash);
    private static readonly MaskAlgorithm Md5 = new(MaskKind.Md5);

    [TestCase("721-07-4426"), TestCase(""), TestCase("x"), TestCase("Grüße 👋"), TestCase("******")]
    public void Full_has_one_form_for_all(string value)
    {
        Assert.That(Mask(MaskAlgorithm.Full, value), Is.EqualTo("******"));
        Assert.That(Mask(MaskAlgorithm.Full with { Substitution = "hidden ☂" }, value), Is.EqualTo("hidden ☂"));
    }

    [TestCase("721-07-4426"), TestCase("")]
    public void Null_is_null(string value) => Assert.That(Mask(MaskAlgorithm.Null, value), Is.Null);

    [TestCase(1, 4, "alice@example.com", "a************.com")]
    [TestCase(1, 4, "a12345", "a*2345")]
    [TestCase(1, 4, "a2345", "******", Description = "too short: nothing would be hidden")]
    [TestCase(1, 4, "x", "******")]
    [TestCase(1, 4, "", "******")]
    [TestCase(0, 0, "abc", "***")]
    [TestCase(0, 0, "", "******")]
    [TestCase(2, 0, "Grüße", "Gr***")]
    [TestCase(0, 2, "Grüße", "***ße")]
    [TestCase(1, 1, "日本語", "日*語")]
    [TestCase(1, 1, "👋ab🎉", "👋**🎉")]
    [TestCase(2, 2, Family, "👨‍*‍👧")]
    [TestCase(1, int.MaxValue, "abc", "******")]
    public void Inner_hides_what_lies_between(int prefix, int suffix, string value, string expected) =>
        Assert.That(Mask(new(MaskKind.InnerOuter) { Prefix = prefix, Suffix = suffix }, value), Is.EqualTo(expected));

    [TestCase(1, 4, "alice@example.com", "*lice@example****")]
    [TestCase(1, 1, "日本語", "*本*")]
    [TestCase(0, 3, "abcdé", "ab***")]
    [TestCase(3, 0, "éabcd", "***cd")]
    [TestCase(2, 2, "abcd", "******", Description = "too short: all of it lies outside")]
    [TestCase(2, 2, "", "******")]
    public void Outer_hides_the_ends(int prefix, int suffix, string value, string expected) =>
        Assert.That(Mask(new(MaskKind.InnerOuter) { Prefix = prefix, Suffix = suffix, Side = MaskSide.Outer }, value), Is.EqualTo(expected));

    [TestCase("#", "a##d"), TestCase("é", "aééd"), TestCase("xy", "axyxyd"), TestCase("🎭", "a🎭🎭d")]
    public void Substitution_replaces_each_character(string substitution, string expected)
    {
        Assert.That(Mask(new(MaskKind.InnerOuter) { Prefix = 1, Suffix = 1, Substitution = substitution }, "abcd"), Is.EqualTo(expected));
        Assert.That(Mask(new(MaskKind.Range) { Ranges = [new(1, 3)], Substitution = substitution }, "abcd"), Is.EqualTo(expected));
    }

    [TestCase("0-4", "123456", "****56")]
    [TestCase("0-4", "1234", "****")]
    [TestCase("0-4", "123", "******", Description = "too short")]
    [TestCase("0-4", "", "******")]
    [TestCase("2-", "123456", "12****")]
    [TestCase("2-", "12", "******", Description = "nothing of it would be hidden")]
    [TestCase("0-~4", "4111111111111111", "************1111")]
    [TestCase("0-~4", "1111", "******")]
    [TestCase("~4-", "abcdéfgh", "abcd****")]
    [TestCase("~4-", "abc", "******")]
    [TestCase("0-1 3-5", "日本語日本語", "*本語**語")]
    [TestCase("3-5 0-1", "日本語日本語", "*本語**語")]
    [TestCase("0-3 2-4", "👋123🎉", "****🎉", Description = "overlapping")]
    [TestCase("0-2 5-6", "12345", "******", Description = "one of them is out of reach")]
    public void Range_hides_its_characters(string ranges, string value, string expected)
    {
        var algorithm = new MaskAlgorithm(MaskKind.Range)
        {
            Ranges = [.. ranges.Split(' ').Select(r => r.Split('-')).Select(r => new MaskRange(Index(r[0]), r[1].Length == 0 ? null : Index(r[1])))],
        };
        Assert.That(algorithm.Objection, Is.Null);
        Assert.That(Mask(algorithm, value), Is.EqualTo(expected));

        static int Index(string text) => text[0] == '~' ? -int.Parse(text[1..], null) : int.Parse(text, null);
    }

    [Test]
    public void Range_may_have_a_substitution_of_its_own() =>
        Assert.That(Mask(new(MaskKind.Range) { Ranges = [new(0, 2, "#"), new(1, 3)], Substitution = "+" }, "12345"), Is.EqualTo("##+45"));

    [TestCase(""), TestCase("x"), TestCase("721-07-4426"), TestCase("Grüße 👋")]
    public void Hash_is_the_keyed_hash_of_the_bytes(string value)
    {
        var key = Shop.Policy.Secrets.HashKey.ToArray();
        Assert.That(Mask(Hash, value), Is.EqualTo(Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(value)))));
        Assert.That(Mask(Hash with { Salt = "pepper" }, value), Is.EqualTo(Convert.ToHexStringLower(HMACSHA256.HashData("pepper"u8, Encoding.UTF8.GetBytes(value)))));
    }

    [TestCase(0), TestCase(1), TestCase(496), TestCase(497), TestCase(5000)]
    public void Md5_is_the_hash_of_salt_and_bytes(int size)
    {
        var value = new string('x', size);
        byte[] salted = [.. Shop.Policy.Secrets.Md5Salt, .. Encoding.UTF8.GetBytes(value)];
#pragma warning disable CA5351 // The algorithm under test.
        Assert.That(Mask(Md5, value), Is.EqualTo(Convert.ToHexStringLower(MD5.HashData(salted))));
#pragma warning restore CA5351
    }

    [Test]
    public void Hash_without_a_key_masks_in_full()
    {
        foreach (var secrets in new[] { MaskSecrets.None, new MaskSecrets { HashKey = [1, 2, 3], Md5Salt = [1, 2, 3] } })
        {
            Assert.That(ColumnMask.Create(Hash, ValueShape.Text, 0, secrets).Algorithm, Is.EqualTo("full"));
            Assert.That(ColumnMask.Create(Md5, ValueShape.Text, 0, secrets).Algorithm, Is.EqualTo("full"));
            Assert.That(ColumnMask.Create(Md5 with { Salt = "own" }, ValueShape.Text, 0, secrets).Algorithm, Is.EqualTo("md5"));
        }
    }

    [Test]
    public void Secrets_follow_from_one_key_and_differ_from_each_other()
    {
        var secrets = MaskSecrets.Derive("0123456789abcdef"u8);

        Assert.That(secrets.HashKey, Is.EqualTo(MaskSecrets.Derive("0123456789abcdef"u8).HashKey));
        Assert.That(secrets.HashKey, Is.Not.EqualTo(secrets.Md5Salt));
        Assert.That(secrets.HashKey, Is.Not.EqualTo(MaskSecrets.Derive("0123456789abcdeF"u8).HashKey));
        Assert.That(Shop.Policy.WithSecrets(secrets) is { Columns.Count: 4, SemanticTypes.Count: 3, Rules.Length: 0 } && Shop.Policy.WithSecrets(secrets).Secrets == secrets);
    }

    [TestCase("a\xC3"), TestCase("abc\x80"), TestCase("\xED\xA0\x80zzz"), TestCase("\xC0\x80zzz"), TestCase("\xF5zzzzz")]
    public void Bytes_that_are_not_utf8_are_masked_in_full(string latin)
    {
        var value = Encoding.Latin1.GetBytes(latin);
        Assert.That(Masks.Text(new(MaskKind.InnerOuter) { Prefix = 1 }, ValueShape.Text, value), Is.EqualTo("******"));
        Assert.That(Masks.Text(new(MaskKind.Range) { Ranges = [new(0, 1)] }, ValueShape.Text, value), Is.EqualTo("******"));
    }

    [Test]
    public void Typed_algorithm_on_a_text_masks_in_full()
    {
        Assert.That(Mask(new(MaskKind.DateTrunc) { Unit = DateUnit.Year }, "2024-07-15"), Is.EqualTo("******"));
        Assert.That(Mask(new(MaskKind.Round) { Step = 100 }, "12345"), Is.EqualTo("******"));
    }

    [Test]
    public void Algorithm_with_bad_parameters_masks_in_full()
    {
        MaskAlgorithm[] bad =
        [
            new(MaskKind.Range), new(MaskKind.Range) { Ranges = [new(3, 3)] }, new(MaskKind.InnerOuter) { Prefix = -1 },
            new(MaskKind.InnerOuter) { Side = MaskSide.Outer }, new(MaskKind.Full) { Substitution = "" },
        ];
        foreach (var algorithm in bad)
        {
            Assert.That(algorithm.Objection, Is.Not.Null);
            Assert.That(Mask(algorithm, "721-07-4426"), Is.EqualTo("******"));
        }
    }

    [Test]
    public void Large_value_is_masked_in_full_unread()
    {
        MaskAlgorithm[] algorithms = [MaskAlgorithm.Full, Hash, Md5, Shop.Email, new(MaskKind.Range) { Ranges = [new(0, 1)] }];
        var most = new byte[ColumnMask.ReadSizeMax];
        most.AsSpan().Fill((byte)'x');
        foreach (var algorithm in algorithms)
        {
            var mask = ColumnMask.Create(algorithm, ValueShape.Text, 0, Shop.Policy.Secrets);
            Assert.That(Masks.Run(mask, new byte[ColumnMask.ReadSizeMax + 1]), Is.EqualTo("******"u8.ToArray()));
            Assert.That(Masks.Run(mask, most), algorithm.Kind == MaskKind.Full ? Is.EqualTo("******"u8.ToArray()) : Is.Not.EqualTo("******"u8.ToArray()));

            var output = new ArrayBufferWriter<byte>();
            Assert.That(mask.TryMaskUnread(output));
            Assert.That(output.WrittenSpan.SequenceEqual("******"u8));
            Assert.That(mask.IsConstant, Is.EqualTo(algorithm.Kind == MaskKind.Full));
        }
    }

    private static string? Mask(MaskAlgorithm algorithm, string value)
    {
        var text = Masks.Text(algorithm, ValueShape.Text, value);

        // A text is the same bytes in both formats.
        var binary = Masks.TryBinary(algorithm, ValueShape.Text, Encoding.UTF8.GetBytes(value));
        Assert.That(binary is null ? null : Encoding.UTF8.GetString(binary), Is.EqualTo(text));
        return text;
    }
}
