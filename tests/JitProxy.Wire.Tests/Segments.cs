using System.Buffers;

namespace JitProxy.Wire.Tests;

/// <summary>Cuts bytes into a sequence of many segments, as a slow network would deliver them.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    public static ReadOnlySequence<byte> Of(byte[] bytes, int segmentSize)
    {
        if (bytes.Length <= segmentSize)
            return new(bytes);

        var first = new Segments { Memory = bytes.AsMemory(0, segmentSize) };
        var last = first;
        for (var start = segmentSize; start < bytes.Length; start += segmentSize)
        {
            var next = new Segments
            {
                Memory = bytes.AsMemory(start, Math.Min(segmentSize, bytes.Length - start)),
                RunningIndex = last.RunningIndex + last.Memory.Length,
            };
            last.Next = next;
            last = next;
        }

        return new(first, 0, last, last.Memory.Length);
    }
}
