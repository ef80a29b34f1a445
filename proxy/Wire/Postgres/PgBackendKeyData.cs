using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>BackendKeyData ('K'). Layout: process (4), cancel key (4 bytes in protocol 3.0, up to 256 from 3.2).</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgBackendKeyData
{
    /// <summary>The shortest cancel key, in bytes.</summary>
    public const int KeySizeMin = 4;

    /// <summary>The longest cancel key, in bytes.</summary>
    public const int KeySizeMax = 256;

    private PgBackendKeyData(int processId, ReadOnlySpan<byte> key)
    {
        ProcessId = processId;
        Key = key;
    }

    /// <summary>The process to name in a cancel request.</summary>
    public int ProcessId { get; }

    /// <summary>The secret to show in a cancel request.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgBackendKeyData message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadInt32(out var processId) || cursor.Rest.Length is < KeySizeMin or > KeySizeMax)
            return false;

        message = new PgBackendKeyData(processId, cursor.Rest);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, int processId, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, KeySizeMin, nameof(key));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, KeySizeMax, nameof(key));
        var writer = new PgMessageWriter(output, (byte)PgServerTag.BackendKeyData, sizeof(int) + key.Length);
        writer.Int32(processId);
        writer.Bytes(key);
        writer.Finish();
    }
}
