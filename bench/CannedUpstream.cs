using System.Buffers;
using JitProxy.Server.Accept;
using JitProxy.Wire.Postgres;

namespace JitProxy.Bench;

/// <summary>A server that knows one answer: one row with one number, to everything that is executed.</summary>
internal static class CannedUpstream
{
    private static readonly byte[] Rows = EncodeRows();

    /// <summary>Answers until the other end is gone.</summary>
    public static async Task ServeAsync(Connection connection)
    {
        try
        {
            while (true)
            {
                var read = await connection.Input.ReadAsync();
                var unread = read.Buffer;
                while (PgFrame.TryRead(ref unread, 1 << 20, out var frame) == OperationStatus.Done)
                    Answer((PgClientTag)frame.Tag, connection.Output);

                connection.Input.AdvanceTo(unread.Start, unread.End);
                await connection.Output.FlushAsync();
                if (read.IsCompleted)
                    return;
            }
        }
        catch (IOException)
        {
            // The session was aborted: the benchmark is over.
        }
    }

    private static void Answer(PgClientTag tag, IBufferWriter<byte> output)
    {
        if (tag == PgClientTag.Parse)
            output.Write(PgMessages.ParseComplete);
        else if (tag == PgClientTag.Bind)
            output.Write(PgMessages.BindComplete);
        else if (tag == PgClientTag.Execute)
            output.Write(Rows);
        else if (tag == PgClientTag.Sync)
            PgReadyForQuery.Write(output, PgTransactionStatus.Idle);
    }

    // Describe always comes just before Execute here, so their answers are one block.
    private static byte[] EncodeRows()
    {
        var output = new ArrayBufferWriter<byte>();
        PgRowDescription.Write(output, [new("abalance"u8.ToArray(), 23, 4, 20001, 3)]);
        PgDataRow.Write(output, ["0"u8.ToArray()]);
        PgCommandComplete.Write(output, "SELECT 1"u8);
        return output.WrittenSpan.ToArray();
    }
}
