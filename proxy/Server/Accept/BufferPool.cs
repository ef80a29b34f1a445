// Arrays for bytes in transit. A relay takes and gives back two arrays per message on one thread, which the shared pool
// answers with a lock for the second of them; a few kept per thread need none.
using System.Buffers;

namespace JitProxy.Server.Accept;

/// <summary>Arrays that connections take while they have bytes in hand. Their content is what the last user left.</summary>
internal static class BufferPool
{
    /// <summary>Bytes of the array that most messages fit into.</summary>
    public const int SizeUsual = 16 * 1024;

    private const int KeptMax = 16;

    [ThreadStatic]
    private static Stack<byte[]>? _kept;

    /// <summary>An array of at least <paramref name="size"/> bytes.</summary>
    public static byte[] Rent(int size)
    {
        if (size > SizeUsual)
            return ArrayPool<byte>.Shared.Rent(size);
        return _kept is { } kept && kept.TryPop(out var bytes) ? bytes : ArrayPool<byte>.Shared.Rent(SizeUsual);
    }

    /// <summary>Gives an array back, once, when nobody can use it any more.</summary>
    public static void Return(byte[] bytes)
    {
        if (bytes.Length == SizeUsual)
        {
            var kept = _kept ??= new(KeptMax);
            if (kept.Count < KeptMax)
            {
                kept.Push(bytes);
                return;
            }
        }

        ArrayPool<byte>.Shared.Return(bytes);
    }
}
