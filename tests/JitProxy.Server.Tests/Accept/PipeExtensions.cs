using System.Buffers;
using System.IO.Pipelines;
using JitProxy.Server.Accept;

namespace JitProxy.Server.Tests.Accept;

internal static class PipeExtensions
{
    public static void WriteAll(this PipeWriter writer, ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
            writer.Write(segment.Span);
    }

    /// <summary>Reads exactly <paramref name="count"/> bytes, or fewer when the stream ends.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this Connection connection, int count)
    {
        using var slow = new CancellationTokenSource(TransportFixture.Soon);
        while (true)
        {
            var read = await connection.Input.ReadAsync(slow.Token);
            if (read.Buffer.Length >= count || read.IsCompleted)
            {
                var taken = read.Buffer.Slice(0, Math.Min(count, read.Buffer.Length));
                var bytes = taken.ToArray();
                connection.Input.AdvanceTo(taken.End);
                return bytes;
            }

            connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public static async Task SendAsync(this Connection connection, ReadOnlyMemory<byte> bytes)
    {
        connection.Output.Write(bytes.Span);
        await connection.Output.FlushAsync();
    }
}
