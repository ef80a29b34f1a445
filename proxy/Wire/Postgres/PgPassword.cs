using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>PasswordMessage ('p'). Layout: password or MD5 response, NUL.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgPassword
{
    private PgPassword(ReadOnlySpan<byte> password) => Password = password;

    /// <summary>The password, or the response computed from it.</summary>
    public ReadOnlySpan<byte> Password { get; }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgPassword message)
    {
        message = default;
        if (body.IsEmpty || body.IndexOf((byte)0) != body.Length - 1)
            return false;

        message = new PgPassword(body[..^1]);
        return true;
    }

    /// <summary>Writes the message.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> password)
    {
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Password, PgMessageWriter.SizeOf(password));
        writer.CString(password);
        writer.Finish();
    }
}
