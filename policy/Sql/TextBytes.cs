using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace JitProxy.Policy.Sql;

/// <summary>What is asked of the bytes of any statement, before they are cut into tokens.</summary>
internal static class TextBytes
{
    /// <summary>The fault and its offset if the text is too large, holds a NUL, or is not UTF-8.</summary>
    public static TextFault Check(ReadOnlySpan<byte> text, int sizeMax, out int offset)
    {
        offset = sizeMax;
        if (text.Length > sizeMax)
            return TextFault.TooLarge;

        offset = text.IndexOf((byte)0);
        if (offset >= 0)
            return TextFault.Nul;

        offset = 0;
        if (Utf8.IsValid(text))
            return TextFault.None;

        while (Rune.DecodeFromUtf8(text[offset..], out _, out var size) == OperationStatus.Done)
            offset += size;
        return TextFault.InvalidUtf8;
    }
}
