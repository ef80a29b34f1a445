using System.Buffers;
using BenchmarkDotNet.Attributes;
using JitProxy.Wire.Postgres;

namespace JitProxy.Bench;

/// <summary>Bytes to messages: cutting a receive buffer into frames, and walking the columns of a row.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private const int Count = 1000;
    private readonly ReadOnlySequence<byte> _rows = new(Corpus.WideRows(Count));

    [Benchmark(OperationsPerInvoke = Count)]
    public int ReadFrame()
    {
        var unread = _rows;
        var frames = 0;
        while (PgFrame.TryRead(ref unread, int.MaxValue - 16, out _) == OperationStatus.Done)
            frames++;

        return frames;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int ReadFrameAndWalkRow()
    {
        var unread = _rows;
        byte[]? scratch = null;
        var size = 0;
        while (PgFrame.TryRead(ref unread, int.MaxValue - 16, out var frame) == OperationStatus.Done)
        {
            if (!PgDataRow.TryParse(frame.Span(ref scratch), out var row))
                throw new InvalidOperationException("the row is malformed");

            foreach (var value in row)
                size += value.Bytes.Length;
        }

        return size;
    }
}
