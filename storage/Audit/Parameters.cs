// Layout of a record's parameters: per value one byte of kind, then
//   Null -; Text, Binary: size, bytes; Hash: 32 bytes; Omitted -; Cut: original size, kept size, bytes, SHA-256 of all;
//   Rest: count of further values, SHA-256 over them all.
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Storage.Audit;

internal enum ParameterKind : byte
{
    Null = 0,
    Text = 1,
    Binary = 2,
    Hash = 3,
    Omitted = 4,
    Cut = 5,
    Rest = 6,
}

internal static class Parameters
{
    public static int SizeMax(ImmutableArray<string?> values) =>
        values.IsDefaultOrEmpty ? 0 : FieldWriter.NumberSizeMax + values.Sum(value => 1 + FieldWriter.SizeMax(value));

    public static byte[] Encode(ImmutableArray<string?> values)
    {
        var buffer = new byte[SizeMax(values)];
        var writer = new FieldWriter(buffer, 0);
        foreach (var value in values)
        {
            writer.Number((long)(value is null ? ParameterKind.Null : ParameterKind.Text));
            if (value is not null)
                writer.Text(value);
        }

        return buffer[..writer.Position];
    }

    /// <summary>Turns the encoding into what people read; false when it is damaged.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, out ImmutableArray<string?> values)
    {
        var list = ImmutableArray.CreateBuilder<string?>();
        values = default;
        while (!encoded.IsEmpty)
        {
            var kind = (ParameterKind)encoded[0];
            var body = encoded[1..];
            if (!TryDecode(kind, ref body, out var value))
                return false;
            list.Add(value);
            encoded = body;
        }

        values = list.ToImmutable();
        return true;
    }

    private static bool TryDecode(ParameterKind kind, ref ReadOnlySpan<byte> body, out string? value)
    {
        value = null;
        switch (kind)
        {
            case ParameterKind.Null:
                return true;
            case ParameterKind.Omitted:
                value = "(omitted)";
                return true;
            case ParameterKind.Text when TryBytes(ref body, out var text):
                value = Encoding.UTF8.GetString(text);
                return true;
            case ParameterKind.Binary when TryBytes(ref body, out var binary):
                value = "\\x" + Convert.ToHexStringLower(binary);
                return true;
            case ParameterKind.Hash when TryHash(ref body, out var hash):
                value = "hmac-sha256:" + hash;
                return true;
            case ParameterKind.Cut when TryNumber(ref body, out var size) && TryBytes(ref body, out var kept) && TryHash(ref body, out var hash):
                value = $"{Encoding.UTF8.GetString(kept)}... ({size} bytes, sha256:{hash})";
                return true;
            case ParameterKind.Rest when TryNumber(ref body, out var count) && TryHash(ref body, out var hash):
                value = $"({count} more, sha256:{hash})";
                return true;
            default:
                return false;
        }
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> body, out long value)
    {
        var reader = new FieldReader(body);
        var isRead = reader.TryNumber(out value);
        body = reader.Rest;
        return isRead;
    }

    private static bool TryBytes(ref ReadOnlySpan<byte> body, out ReadOnlySpan<byte> value)
    {
        var reader = new FieldReader(body);
        var isRead = reader.TryBytes(out value);
        body = reader.Rest;
        return isRead;
    }

    private static bool TryHash(ref ReadOnlySpan<byte> body, out string hash)
    {
        hash = "";
        if (body.Length < SHA256.HashSizeInBytes)
            return false;
        hash = Convert.ToHexStringLower(body[..SHA256.HashSizeInBytes]);
        body = body[SHA256.HashSizeInBytes..];
        return true;
    }
}
