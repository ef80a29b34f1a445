using System.Buffers;
using System.Buffers.Binary;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Wire.Tests.Postgres;

internal sealed class PgOpeningTests
{
    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    private static readonly (byte[] Bytes, PgOpeningKind Kind)[] Packets =
    [
        (Written(PgSslRequest.Write), PgOpeningKind.SslRequest),
        (Written(PgGssEncRequest.Write), PgOpeningKind.GssEncRequest),
        (Written(output => PgCancelRequest.Write(output, 5, [1, 2, 3, 4])), PgOpeningKind.CancelRequest),
        (Written(output => PgStartup.Write(output, PgStartup.Version30, [new("user"u8.ToArray(), "al"u8.ToArray())])), PgOpeningKind.Startup),
    ];

    [Test]
    public void Packet_is_known_by_its_code([Range(0, 3)] int index, [Values(1, 3, 100)] int segmentSize)
    {
        var (bytes, kind) = Packets[index];
        var input = Segments.Of([.. bytes, 99], segmentSize);
        Assert.That(PgOpening.TryRead(ref input, out var opening), Is.EqualTo(OperationStatus.Done));
        Assert.That(opening.Kind, Is.EqualTo(kind));
        Assert.That(opening.Body.ToArray(), Is.EqualTo(bytes[4..]));
        Assert.That(input.ToArray(), Is.EqualTo(new byte[] { 99 }));
    }

    [Test]
    public void Packet_cut_at_any_byte_needs_more([Range(0, 3)] int index)
    {
        var (bytes, _) = Packets[index];
        for (var size = 0; size < bytes.Length; size++)
        {
            var input = Segments.Of(bytes[..size], 1);
            Assert.That(PgOpening.TryRead(ref input, out _), Is.EqualTo(OperationStatus.NeedMoreData), $"{size}");
        }
    }

    [TestCase(0)]
    [TestCase(7)]
    [TestCase(-1)]
    [TestCase(10_001)]
    [TestCase(int.MaxValue)]
    [TestCase(int.MinValue)]
    [TestCase(0x47455420, Description = "GET of an HTTP client")]
    public void Length_outside_the_limits_is_invalid_at_once(int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        var input = new ReadOnlySequence<byte>(bytes);
        Assert.That(PgOpening.TryRead(ref input, out _), Is.EqualTo(OperationStatus.InvalidData));
    }

    [Test]
    public void Request_for_encryption_with_a_body_is_invalid()
    {
        var input = new ReadOnlySequence<byte>([0, 0, 0, 9, 4, 210, 22, 47, 0]);
        Assert.That(PgOpening.TryRead(ref input, out _), Is.EqualTo(OperationStatus.InvalidData));
    }

    [Test]
    public void Startup_parameter_is_found_by_its_name()
    {
        Assert.That(PgStartup.TryParse([0, 3, 0, 0, .. "user\0alice\0database\0app\0\0"u8], out var startup), Is.True);
        Assert.That(startup.Version, Is.EqualTo(PgStartup.Version30));
        Assert.That(startup.TryFind("database"u8, out var database), Is.True);
        Assert.That(database.SequenceEqual("app"u8), Is.True);
        Assert.That(startup.TryFind("options"u8, out _), Is.False);
    }

    [Test]
    public void Authentication_offers_only_listed_mechanisms()
    {
        var bytes = Written(output => PgAuthentication.WriteSasl(output, "SCRAM-SHA-256-PLUS"u8, "SCRAM-SHA-256"u8));
        Assert.That(PgAuthentication.TryParse(bytes.AsSpan(5), out var message), Is.True);
        Assert.That(message.Offers("SCRAM-SHA-256-PLUS"u8), Is.True);
        Assert.That(message.Offers("SCRAM-SHA-256"u8), Is.True);
        Assert.That(message.Offers("SCRAM-SHA"u8), Is.False);
        Assert.That(message.Offers(""u8), Is.False);
    }

    [Test]
    public void Authentication_of_another_kind_is_unknown_and_keeps_its_code()
    {
        Assert.That(PgAuthentication.TryParse([0, 0, 0, 7], out var message), Is.True);
        Assert.That(message.Kind, Is.EqualTo(PgAuthenticationKind.Unknown));
        Assert.That(message.Code, Is.EqualTo(7));
    }
}
