using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace JitProxy.Policy.Sql;

/// <summary>What a grant is looked up by: SHA-256 over who asks, where, and the statement's normal form. Equal keys mean that the grant fits.</summary>
/// <remarks>The default value is no statement's key.</remarks>
public readonly struct StatementKey : IEquatable<StatementKey>
{
    // Goes up when the layout or the meaning of canonical bytes changes, so that keys of different layouts never meet.
    private const byte LayoutVersion = 1;

    private const int HeaderSize = 3;
    private const int ScratchSize = 1024;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    private StatementKey(ReadOnlySpan<byte> digest)
    {
        _high = BinaryPrimitives.ReadUInt128BigEndian(digest);
        _low = BinaryPrimitives.ReadUInt128BigEndian(digest[16..]);
    }

    /// <summary>The key of a statement.</summary>
    /// <param name="dialect">The server's language.</param>
    /// <param name="user">Who runs it.</param>
    /// <param name="database">Where, as server/database.</param>
    /// <param name="schema">The effective schema, in which unqualified names are found.</param>
    /// <param name="form">What the statement says, read in the same dialect; with the modes of the session.</param>
    public static StatementKey Compute(SqlDialect dialect, string user, string database, string schema, NormalForm form)
    {
        // Names go in as UTF-16: UTF-8 would make one name of two with different broken surrogates.
        var names = (user.Length + database.Length + schema.Length) * sizeof(char);
        var size = HeaderSize + names + form.Canonical.Length + (4 * sizeof(int));
        byte[]? rented = null;
        var buffer = size <= ScratchSize ? stackalloc byte[ScratchSize] : (rented = ArrayPool<byte>.Shared.Rent(size));
        buffer[0] = LayoutVersion;
        buffer[1] = (byte)dialect;
        buffer[2] = ModesByte(dialect, form);
        var end = Append(buffer, HeaderSize, MemoryMarshal.AsBytes(user.AsSpan()));
        end = Append(buffer, end, MemoryMarshal.AsBytes(database.AsSpan()));
        end = Append(buffer, end, MemoryMarshal.AsBytes(schema.AsSpan()));
        end = Append(buffer, end, form.Canonical);

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer[..end], digest);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return new(digest);
    }

    /// <summary>True if the keys are equal.</summary>
    public static bool operator ==(StatementKey left, StatementKey right) => left.Equals(right);

    /// <summary>True if the keys differ.</summary>
    public static bool operator !=(StatementKey left, StatementKey right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(StatementKey other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StatementKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)(uint)_low);

    /// <summary>64 hexadecimal digits, lower case.</summary>
    public override string ToString() => $"{_high:x32}{_low:x32}";

    /// <summary>
    /// The session settings that decide how the text is cut into tokens. PostgreSQL: bit 0 <c>standard_conforming_strings</c>, which the proxy pins on.
    /// MySQL and MariaDB: <see cref="LexicalModes"/>.
    /// </summary>
    private static byte ModesByte(SqlDialect dialect, NormalForm form) => dialect == SqlDialect.PostgreSql ? (byte)1 : (byte)form.Modes;

    private static int Append(Span<byte> buffer, int at, ReadOnlySpan<byte> field)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer[at..], field.Length);
        field.CopyTo(buffer[(at + sizeof(int))..]);
        return at + sizeof(int) + field.Length;
    }
}
