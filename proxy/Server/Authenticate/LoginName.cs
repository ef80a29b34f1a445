using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace JitProxy.Server.Authenticate;

/// <summary>Names and labels that a client gives before anybody knows who it is: they end up in logs, errors and the trail.</summary>
internal static class LoginName
{
    /// <summary>The text of bytes; false if they are not valid UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        return text is not null;
    }

    /// <summary>Why a name cannot be taken, as a sentence for people; null if it can.</summary>
    /// <param name="what">What is named.</param>
    /// <param name="name">The name.</param>
    /// <param name="sizeMax">The longest name, in bytes of UTF-8.</param>
    public static string? Object(string what, string? name, int sizeMax)
    {
        if (string.IsNullOrEmpty(name))
            return $"no {what} name was given";

        if (Encoding.UTF8.GetByteCount(name) > sizeMax)
            return $"the {what} name is longer than {sizeMax} bytes";

        return name.EnumerateRunes().Any(IsUnfit) ? $"the {what} name holds characters that do not print" : null;
    }

    /// <summary>A label without what does not print, cut to a size in bytes of UTF-8.</summary>
    public static string Clean(string label, int sizeMax)
    {
        var clean = new StringBuilder();
        var size = 0;
        foreach (var rune in label.EnumerateRunes())
        {
            size += rune.Utf8SequenceLength;
            if (size > sizeMax)
                break;

            clean.Append(IsUnfit(rune) ? "?" : rune.ToString());
        }

        return clean.ToString();
    }

    // Control characters end lines in logs; format characters (such as the ones that turn the writing direction) make a name look like another.
    private static bool IsUnfit(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
