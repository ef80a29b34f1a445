using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Server.Accept;
using JitProxy.Server.Tests.Sessions.Postgres;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>Packets of either end.</summary>
internal static class MySqlPackets
{
    private const int PayloadSizeMax = 100_000_000;

    /// <summary>The next payload, its number, and the one that must come next; null at the end of the stream.</summary>
    public static async Task<(byte[] Payload, byte Sequence, byte Next)?> ReadAsync(Connection connection)
    {
        using var slow = new CancellationTokenSource(Frames.Soon);
        try
        {
            while (true)
            {
                var read = await connection.Input.ReadAsync(slow.Token);
                var unread = read.Buffer;
                if (MySqlPacket.TryRead(ref unread, PayloadSizeMax, out var packet) == OperationStatus.Done)
                {
                    byte[]? scratch = null;
                    var taken = (packet.Span(ref scratch).ToArray(), packet.Sequence, packet.NextSequence);
                    connection.Input.AdvanceTo(unread.Start);
                    return taken;
                }

                connection.Input.AdvanceTo(unread.Start, unread.End);
                if (read.IsCompleted)
                    return null;
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Counts the numbers of packets on, as behind a command of several packets; bytes that are no packets stay as they are.</summary>
    public static bool Renumber(byte[] packets, byte by)
    {
        for (var at = 0; by != 0 && at + MySqlPacketHeader.Size <= packets.Length; at += MySqlPacketHeader.Size + MySqlPacketHeader.BodySizeOf(packets.AsSpan(at)))
            packets[at + MySqlPacketHeader.Size - 1] = unchecked((byte)(packets[at + MySqlPacketHeader.Size - 1] + by));

        return true;
    }

    /// <summary>Sends bytes, in one piece or one by one.</summary>
    public static async Task SendAsync(PipeWriter output, byte[] bytes, bool isSliced)
    {
        if (!isSliced)
        {
            await Frames.SendAsync(output, bytes);
            return;
        }

        foreach (var one in bytes)
            await Frames.SendAsync(output, [one]);
    }
}
