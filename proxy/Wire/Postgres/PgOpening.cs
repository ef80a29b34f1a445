using System.Buffers;
using System.Buffers.Binary;

namespace JitProxy.Wire.Postgres;

/// <summary>What a client opens a connection with.</summary>
public enum PgOpeningKind : byte
{
    /// <summary>StartupMessage: a version and parameters.</summary>
    Startup,

    /// <summary>SSLRequest.</summary>
    SslRequest,

    /// <summary>GSSENCRequest.</summary>
    GssEncRequest,

    /// <summary>CancelRequest.</summary>
    CancelRequest,
}

/// <summary>
/// A packet of the time before the login, which has no tag. Layout: length (4, counts itself), code (4: a protocol version or one of
/// three numbers that no version will have), rest.
/// </summary>
/// <remarks>Valid until the reader advances.</remarks>
public readonly struct PgOpening
{
    /// <summary>The shortest packet, in bytes, length included.</summary>
    public const int SizeMin = 8;

    /// <summary>The longest packet, in bytes, length included; the server's own limit.</summary>
    public const int SizeMax = 10_000;

    internal const int CancelCode = (1234 << 16) | 5678;
    internal const int SslCode = (1234 << 16) | 5679;
    internal const int GssEncCode = (1234 << 16) | 5680;

    private PgOpening(int code, ReadOnlySequence<byte> body)
    {
        Code = code;
        Body = body;
    }

    /// <summary>The version asked for, or the number of the request.</summary>
    public int Code { get; }

    /// <summary>What follows the length, code included; for <see cref="PgStartup.TryParse"/> and <see cref="PgCancelRequest.TryParse"/>.</summary>
    public ReadOnlySequence<byte> Body { get; }

    /// <summary>What the code says.</summary>
    public PgOpeningKind Kind => Code switch
    {
        CancelCode => PgOpeningKind.CancelRequest,
        SslCode => PgOpeningKind.SslRequest,
        GssEncCode => PgOpeningKind.GssEncRequest,
        _ => PgOpeningKind.Startup,
    };

    /// <summary>Takes the packet off <paramref name="input"/>; leaves it untouched unless the answer is Done.</summary>
    /// <returns>Done; NeedMoreData; InvalidData for a length outside the limits, or a request for encryption that is longer than it should be.</returns>
    public static OperationStatus TryRead(ref ReadOnlySequence<byte> input, out PgOpening opening)
    {
        opening = default;
        Span<byte> head = stackalloc byte[SizeMin];
        if (input.Length < sizeof(int))
            return OperationStatus.NeedMoreData;

        input.Slice(0, sizeof(int)).CopyTo(head);
        var size = BinaryPrimitives.ReadInt32BigEndian(head);
        if (size is < SizeMin or > SizeMax)
            return OperationStatus.InvalidData;

        if (input.Length < size)
            return OperationStatus.NeedMoreData;

        input.Slice(0, SizeMin).CopyTo(head);
        var code = BinaryPrimitives.ReadInt32BigEndian(head[sizeof(int)..]);
        if (code is SslCode or GssEncCode && size != SizeMin)
            return OperationStatus.InvalidData;

        opening = new PgOpening(code, input.Slice(sizeof(int), size - sizeof(int)));
        input = input.Slice(size);
        return OperationStatus.Done;
    }
}
