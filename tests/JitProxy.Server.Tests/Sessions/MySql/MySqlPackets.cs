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

    /// <summary>The next payload and its number; null at the end of the stream.</summary>
    public static async Task<(byte[] Payload, byte Sequence)?> ReadAsync(Connection connection)
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
                    var taken = (packet.Span(ref scratch).ToArray(), packet.Sequence);
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
