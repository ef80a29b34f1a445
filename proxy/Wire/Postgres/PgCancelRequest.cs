using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>CancelRequest, on a connection of its own and without an answer. Layout: code (4), process (4), cancel key (4 to 256).</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgCancelRequest
{
    private PgCancelRequest(int processId, ReadOnlySpan<byte> key)
    {
        ProcessId = processId;
        Key = key;
    }

    /// <summary>The process from BackendKeyData.</summary>
    public int ProcessId { get; }

    /// <summary>The key from BackendKeyData.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Reads what follows the length (<see cref="PgOpening.Body"/>); false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgCancelRequest message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadInt32(out var code) || code != PgOpening.CancelCode || !cursor.TryReadInt32(out var processId)
            || cursor.Rest.Length is < PgBackendKeyData.KeySizeMin or > PgBackendKeyData.KeySizeMax)
        {
            return false;
        }

        message = new PgCancelRequest(processId, cursor.Rest);
        return true;
    }

    /// <summary>Writes the packet.</summary>
    public static void Write(IBufferWriter<byte> output, int processId, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, PgBackendKeyData.KeySizeMin, nameof(key));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, PgBackendKeyData.KeySizeMax, nameof(key));
        var writer = new PgMessageWriter(output, (2 * sizeof(int)) + key.Length);
        writer.Int32(PgOpening.CancelCode);
        writer.Int32(processId);
        writer.Bytes(key);
        writer.Finish();
    }
}
