using System.Buffers;
using System.Buffers.Binary;
using JitProxy.Server.Capture;

namespace JitProxy.Server.Forward;

/// <summary>
/// The names that statements and portals have upstream, and the way back from them: where the server says one in a message, the client reads
/// the name that it gave itself.
/// </summary>
/// <remarks>A colon stands in no name that SQL has without quotes, so nothing of a database is likely to be called like this.</remarks>
internal static class UpstreamNames
{
    /// <summary>What names of statements begin with; a number follows.</summary>
    public const string Statement = "jitproxy:s";

    /// <summary>What names of portals begin with; a number follows.</summary>
    public const string Portal = "jitproxy:p";

    private static ReadOnlySpan<byte> Prefix => "jitproxy:"u8;

    /// <summary>The message with the client's names in it: the same bytes if it holds none of ours.</summary>
    /// <param name="frame">An error or a notice, header included.</param>
    /// <param name="subject">The statement or portal that it is about.</param>
    public static ReadOnlySpan<byte> Restore(ReadOnlySpan<byte> frame, object? subject)
    {
        if (frame.IndexOf(Prefix) < 0)
            return frame;

        var portal = subject as Portal;
        var statement = portal?.Statement ?? subject as ClientStatement ?? (subject as UpstreamStatement)?.ParsedFor;
        var output = new ArrayBufferWriter<byte>(frame.Length + 64);
        var rest = frame;
        while (rest.IndexOf(Prefix) is var at and >= 0)
        {
            output.Write(rest[..at]);
            rest = rest[at..];
            var length = LengthOf(rest, out var isPortal);
            if (length == 0)
                output.Write(rest[..(length = Prefix.Length)]);
            else
                output.Write(System.Text.Encoding.UTF8.GetBytes((isPortal ? portal?.Name : statement?.Name) ?? ""));

            rest = rest[length..];
        }

        output.Write(rest);
        var restored = output.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(restored.AsSpan(1), restored.Length - 1);
        return restored;
    }

    /// <summary>How long the name of ours is that begins here; 0 if none does.</summary>
    private static int LengthOf(ReadOnlySpan<byte> text, out bool isPortal)
    {
        isPortal = text.Length > Prefix.Length && text[Prefix.Length] == (byte)'p';
        if (!isPortal && !(text.Length > Prefix.Length && text[Prefix.Length] == (byte)'s'))
            return 0;

        var digits = text[(Prefix.Length + 1)..];
        var count = digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        count = count < 0 ? digits.Length : count;
        return count == 0 ? 0 : Prefix.Length + 1 + count;
    }
}
