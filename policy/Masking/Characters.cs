using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace JitProxy.Policy.Masking;

/// <summary>UTF-8 by the character, that is by the code point: masks neither cut one in two nor count its bytes.</summary>
internal static class Characters
{
    /// <summary>The number of characters; false if the bytes are not UTF-8, so that characters cannot be told apart.</summary>
    public static bool TryCount(ReadOnlySpan<byte> text, out int count)
    {
        count = text.Length;
        if (Ascii.IsValid(text))
            return true;
        if (!Utf8.IsValid(text))
            return false;
        foreach (var unit in text)
        {
            if (IsContinuation(unit))
                count--;
        }

        return true;
    }

    /// <summary>The offset, from <paramref name="offset"/> on, that lies <paramref name="count"/> characters further.</summary>
    public static int Skip(ReadOnlySpan<byte> text, int offset, int count)
    {
        while (count > 0)
        {
            offset++;
            while (offset < text.Length && IsContinuation(text[offset]))
                offset++;
            count--;
        }

        return offset;
    }

    /// <summary>Writes <paramref name="unit"/> <paramref name="count"/> times.</summary>
    public static void Repeat(ReadOnlySpan<byte> unit, int count, IBufferWriter<byte> output)
    {
        if (count == 0)
            return;
        var size = unit.Length * count;
        var target = output.GetSpan(size)[..size];
        if (unit.Length == 1)
        {
            target.Fill(unit[0]);
        }
        else
        {
            for (var rest = target; !rest.IsEmpty; rest = rest[unit.Length..])
                unit.CopyTo(rest);
        }

        output.Advance(size);
    }

    private static bool IsContinuation(byte unit) => (unit & 0xC0) == 0x80;
}
