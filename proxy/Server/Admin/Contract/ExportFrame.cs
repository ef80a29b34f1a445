using System.Buffers.Binary;
using System.Text.Json;

namespace JitProxy.Server.Admin.Contract;

/// <summary>What a frame of an export is.</summary>
internal enum ExportFrameKind : byte
{
    /// <summary><see cref="ExportHead"/>, first.</summary>
    Head = (byte)'H',

    /// <summary>How many bytes of what it holds the caller keeps (8, big endian); before any data.</summary>
    Keep = (byte)'K',

    /// <summary>Bytes of the file.</summary>
    Data = (byte)'D',

    /// <summary><see cref="ExportProgress"/>.</summary>
    Progress = (byte)'P',

    /// <summary><see cref="ExportEnd"/>, last. An answer without one was cut off.</summary>
    End = (byte)'E',
}

/// <summary>A frame of an export on its way. Layout: kind (1), size of the body (4, big endian), body.</summary>
/// <remarks>A file alone could not say how it ended, and HTTP has nothing that all clients look at behind a body.</remarks>
/// <param name="Kind">What it is.</param>
/// <param name="Body">Its body.</param>
internal readonly record struct ExportFrame(ExportFrameKind Kind, ReadOnlyMemory<byte> Body)
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/vnd.jitproxy.export";

    /// <summary>The largest body, in bytes.</summary>
    public const int BodySizeMax = 1 << 20;

    private const int HeaderSize = 5;

    /// <summary>A frame with a JSON value.</summary>
    public static ExportFrame Of<T>(ExportFrameKind kind, T value) => new(kind, JsonSerializer.SerializeToUtf8Bytes(value, AdminJson.Compact));

    /// <summary>Tells how many bytes are kept.</summary>
    public static ExportFrame OfKeep(long bytes)
    {
        var body = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(body, bytes);
        return new(ExportFrameKind.Keep, body);
    }

    /// <summary>The JSON value.</summary>
    public T Read<T>() => JsonSerializer.Deserialize<T>(Body.Span, AdminJson.Compact) ?? throw new JsonException("a frame is null");

    /// <summary>How many bytes are kept.</summary>
    public long ReadKeep() => BinaryPrimitives.ReadInt64BigEndian(Body.Span);

    /// <summary>Writes the frame.</summary>
    public async ValueTask WriteAsync(Stream output, CancellationToken stop)
    {
        var header = new byte[HeaderSize];
        header[0] = (byte)Kind;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(1), Body.Length);
        await output.WriteAsync(header, stop);
        await output.WriteAsync(Body, stop);
    }

    /// <summary>Reads the next frame; null if there is no whole one any more.</summary>
    /// <param name="input">Where from.</param>
    /// <param name="buffer">Holds the body until the next frame; <see cref="BodySizeMax"/> and a header in size.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="InvalidDataException">What came is no frame.</exception>
    public static async ValueTask<ExportFrame?> ReadAsync(Stream input, byte[] buffer, CancellationToken stop)
    {
        if (await input.ReadAtLeastAsync(buffer.AsMemory(0, HeaderSize), HeaderSize, throwOnEndOfStream: false, stop) < HeaderSize)
            return null;

        var kind = (ExportFrameKind)buffer[0];
        var size = BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(1));
        if (!Enum.IsDefined(kind) || size is < 0 or > BodySizeMax)
            throw new InvalidDataException("the proxy's answer is not an export");

        var body = buffer.AsMemory(0, size);
        return await input.ReadAtLeastAsync(body, size, throwOnEndOfStream: false, stop) < size ? null : new(kind, body);
    }
}
