using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JitProxy.Storage.Users;

/// <summary>Which passwords may be set: those that every client sends as the same bytes.</summary>
/// <remarks>
/// SCRAM clients prepare a password by SASLprep (RFC 4013), MySQL clients send it as it is. Instead of preparing, which needs Unicode's
/// normalisation data, characters that preparing would change are refused when the password is set.
/// </remarks>
internal static class PasswordText
{
    private const int LengthMax = 1024;

    // Letters that SASLprep leaves as they are: precomposed ones, without compatibility forms and combining marks, written left to right.
    private static readonly (int First, int Last)[] Stable =
    [
        (0x21, 0x7E), // ASCII
        (0x20, 0x20),
        (0xC0, 0x131), // Latin
        (0x134, 0x13E),
        (0x141, 0x148),
        (0x14A, 0x17E),
        (0x388, 0x3CE), // Greek
        (0x400, 0x481), // Cyrillic
        (0x48A, 0x4C0),
        (0x3041, 0x3094), // Japanese
        (0x30A1, 0x30FA),
        (0x4E00, 0x9FA5), // Chinese
        (0xAC00, 0xD7A3), // Korean
    ];

    /// <summary>The bytes of a password; or why it cannot be set, as a sentence for people.</summary>
    public static bool TryEncode(string password, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? fault)
    {
        bytes = null;
        fault = password.Length switch
        {
            0 => "The password is empty.",
            > LengthMax => "The password is longer than 1024 characters.",
            _ => FindUnstable(password) is { } rune ? Describe(rune) : null,
        };
        if (fault is null)
            bytes = Encoding.UTF8.GetBytes(password);

        return bytes is not null;
    }

    // A broken surrogate enumerates as U+FFFD, which is not on the list.
    private static Rune? FindUnstable(string password)
    {
        foreach (var rune in password.EnumerateRunes())
        {
            if (!Stable.Any(range => rune.Value >= range.First && rune.Value <= range.Last))
                return rune;
        }

        return null;
    }

    private static string Describe(Rune rune) =>
        $"The password holds U+{rune.Value:X4}, which clients may send in different forms. Use letters without combining marks, digits and ASCII signs.";
}
