using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>NotificationResponse ('A'). Layout: process (4), channel, NUL, payload, NUL.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgNotificationResponse
{
    private PgNotificationResponse(int processId, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> payload)
    {
        ProcessId = processId;
        Channel = channel;
        Payload = payload;
    }

    /// <summary>The process that notified.</summary>
    public int ProcessId { get; }

    /// <summary>The channel.</summary>
    public ReadOnlySpan<byte> Channel { get; }

    /// <summary>The payload; may hold data.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgNotificationResponse message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadInt32(out var processId) || !cursor.TryReadCString(out var channel)
            || !cursor.TryReadCString(out var payload) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new PgNotificationResponse(processId, channel, payload);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, int processId, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> payload)
    {
        var size = sizeof(int) + PgMessageWriter.SizeOf(channel) + PgMessageWriter.SizeOf(payload);
        var writer = new PgMessageWriter(output, (byte)PgServerTag.NotificationResponse, size);
        writer.Int32(processId);
        writer.CString(channel);
        writer.CString(payload);
        writer.Finish();
    }
}
