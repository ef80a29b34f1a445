using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>What an Authentication message asks for or says.</summary>
public enum PgAuthenticationKind : byte
{
    /// <summary>A kind that this proxy does not speak (Kerberos, GSSAPI, SSPI, or a later one).</summary>
    Unknown,

    /// <summary>The login succeeded.</summary>
    Ok,

    /// <summary>The password itself is asked for.</summary>
    CleartextPassword,

    /// <summary>A salted MD5 hash is asked for.</summary>
    Md5Password,

    /// <summary>A SASL exchange begins; the mechanisms offered are listed.</summary>
    Sasl,

    /// <summary>A step of the SASL exchange.</summary>
    SaslContinue,

    /// <summary>The last step of the SASL exchange.</summary>
    SaslFinal,
}

/// <summary>Authentication* ('R'). Layout: code (4), then by code: nothing, salt (4), mechanisms (each with NUL, then a zero byte), or SASL data.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgAuthentication
{
    /// <summary>The size of an MD5 salt in bytes.</summary>
    public const int Md5SaltSize = 4;

    private const int OkCode = 0;
    private const int CleartextCode = 3;
    private const int Md5Code = 5;
    private const int SaslCode = 10;
    private const int SaslContinueCode = 11;
    private const int SaslFinalCode = 12;

    private PgAuthentication(PgAuthenticationKind kind, int code, ReadOnlySpan<byte> data)
    {
        Kind = kind;
        Code = code;
        Data = data;
    }

    /// <summary>What it asks for or says.</summary>
    public PgAuthenticationKind Kind { get; }

    /// <summary>The code on the wire, for naming a kind that is unknown.</summary>
    public int Code { get; }

    /// <summary>What follows the code: salt, mechanisms or SASL data.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Whether a mechanism is among those offered; false unless the kind is <see cref="PgAuthenticationKind.Sasl"/>.</summary>
    public bool Offers(ReadOnlySpan<byte> mechanism)
    {
        var cursor = new ByteCursor(Kind == PgAuthenticationKind.Sasl ? Data : default);
        while (cursor.TryReadCString(out var offered))
        {
            if (!offered.IsEmpty && offered.SequenceEqual(mechanism))
                return true;
        }

        return false;
    }

    /// <summary>Reads a body; false if it is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgAuthentication message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadInt32(out var code))
            return false;

        var data = cursor.Rest;
        var (kind, isWhole) = code switch
        {
            OkCode => (PgAuthenticationKind.Ok, data.IsEmpty),
            CleartextCode => (PgAuthenticationKind.CleartextPassword, data.IsEmpty),
            Md5Code => (PgAuthenticationKind.Md5Password, data.Length == Md5SaltSize),
            SaslCode => (PgAuthenticationKind.Sasl, IsMechanismList(data)),
            SaslContinueCode => (PgAuthenticationKind.SaslContinue, true),
            SaslFinalCode => (PgAuthenticationKind.SaslFinal, true),
            _ => (PgAuthenticationKind.Unknown, true),
        };
        if (!isWhole)
            return false;

        message = new PgAuthentication(kind, code, data);
        return true;
    }

    /// <summary>Writes AuthenticationOk.</summary>
    public static void WriteOk(IBufferWriter<byte> output) => Write(output, OkCode, default);

    /// <summary>Writes AuthenticationCleartextPassword.</summary>
    public static void WriteCleartextPassword(IBufferWriter<byte> output) => Write(output, CleartextCode, default);

    /// <summary>Writes AuthenticationMD5Password with its four bytes of salt.</summary>
    public static void WriteMd5Password(IBufferWriter<byte> output, ReadOnlySpan<byte> salt)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, Md5SaltSize, nameof(salt));
        Write(output, Md5Code, salt);
    }

    /// <summary>Writes AuthenticationSASL with the mechanisms offered, best first.</summary>
    public static void WriteSasl(IBufferWriter<byte> output, ReadOnlySpan<byte> mechanism, ReadOnlySpan<byte> otherMechanism = default)
    {
        var size = sizeof(int) + PgMessageWriter.SizeOf(mechanism) + (otherMechanism.IsEmpty ? 0 : PgMessageWriter.SizeOf(otherMechanism)) + 1;
        var writer = new PgMessageWriter(output, (byte)PgServerTag.Authentication, size);
        writer.Int32(SaslCode);
        writer.CString(mechanism);
        if (!otherMechanism.IsEmpty)
            writer.CString(otherMechanism);

        writer.Byte(0);
        writer.Finish();
    }

    /// <summary>Writes AuthenticationSASLContinue.</summary>
    public static void WriteSaslContinue(IBufferWriter<byte> output, ReadOnlySpan<byte> data) => Write(output, SaslContinueCode, data);

    /// <summary>Writes AuthenticationSASLFinal.</summary>
    public static void WriteSaslFinal(IBufferWriter<byte> output, ReadOnlySpan<byte> data) => Write(output, SaslFinalCode, data);

    private static bool IsMechanismList(ReadOnlySpan<byte> data)
    {
        var cursor = new ByteCursor(data);
        while (cursor.TryReadCString(out var mechanism))
        {
            if (mechanism.IsEmpty)
                return cursor.IsAtEnd;
        }

        return false;
    }

    private static void Write(IBufferWriter<byte> output, int code, ReadOnlySpan<byte> data)
    {
        var writer = new PgMessageWriter(output, (byte)PgServerTag.Authentication, sizeof(int) + (long)data.Length);
        writer.Int32(code);
        writer.Bytes(data);
        writer.Finish();
    }
}
