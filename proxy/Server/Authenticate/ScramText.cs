using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Server.Authenticate;

/// <summary>The grammar that SCRAM messages share (RFC 5802 section 7): attributes of one letter, parted by commas.</summary>
internal static class ScramText
{
    /// <summary>The largest message that either side may send, in bytes.</summary>
    public const int MessageSizeMax = 1024;

    private const int NonceSizeMax = 256;

    /// <summary>The mechanism without channel binding.</summary>
    public static ReadOnlySpan<byte> Plain => "SCRAM-SHA-256"u8;

    /// <summary>The mechanism that binds the login to the TLS channel.</summary>
    public static ReadOnlySpan<byte> Plus => "SCRAM-SHA-256-PLUS"u8;

    /// <summary>Begins a message whose sender binds to the channel.</summary>
    public static ReadOnlySpan<byte> BoundHeader => "p=tls-server-end-point,,"u8;

    /// <summary>Takes the attribute <paramref name="name"/> off the front, with the comma after it.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> rest, char name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (rest.Length < 2 || rest[0] != name || rest[1] != '=')
            return false;

        var end = rest.IndexOf((byte)',');
        if (end < 0)
        {
            value = rest[2..];
            rest = default;
            return true;
        }

        // A comma promises another attribute.
        if (end + 1 == rest.Length)
            return false;

        value = rest[2..end];
        rest = rest[(end + 1)..];
        return true;
    }

    /// <summary>Whether all that is left is attributes of a letter each, which are extensions that may be ignored.</summary>
    public static bool AreExtensions(ReadOnlySpan<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            // An extension that must be understood begins with m.
            if (!char.IsAsciiLetter((char)rest[0]) || rest[0] == 'm' || !TryTake(ref rest, (char)rest[0], out _))
                return false;
        }

        return true;
    }

    /// <summary>Whether these bytes can be a nonce: printable, without comma, and of a reasonable size.</summary>
    public static bool IsNonce(ReadOnlySpan<byte> nonce) =>
        nonce.Length is > 0 and <= NonceSizeMax && !nonce.Contains((byte)',') && !nonce.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e);

    /// <summary>Reads base64 in its one proper form: no blanks, no missing padding.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length is 0 or > MessageSizeMax || text.Length % 4 != 0 || text.ContainsAnyInRange((byte)0, (byte)0x20)
            || !Base64.IsValid(text, out var size))
        {
            return false;
        }

        bytes = new byte[size];
        return Base64.DecodeFromUtf8(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == size;
    }

    /// <summary>Base64 as ASCII bytes.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        Base64.EncodeToUtf8(bytes, text, out _, out _);
        return text;
    }
}
