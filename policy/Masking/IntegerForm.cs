using System.Buffers.Binary;
using System.Buffers.Text;

namespace JitProxy.Policy.Masking;

/// <summary>How a server writes integers of one type.</summary>
/// <param name="Size">Bytes of the binary form.</param>
/// <param name="Bits">Bits that count; fewer than the bytes have for MySQL's MEDIUMINT.</param>
/// <param name="IsUnsigned">True if there are no negative ones.</param>
/// <param name="IsLittleEndian">True if the last byte weighs most, as MySQL has it.</param>
internal readonly record struct IntegerForm(int Size, int Bits, bool IsUnsigned, bool IsLittleEndian)
{
    private Int128 Min => IsUnsigned ? 0 : -(Int128.One << (Bits - 1));

    private Int128 Max => (Int128.One << (IsUnsigned ? Bits : Bits - 1)) - 1;

    /// <summary>A type of PostgreSQL.</summary>
    public static IntegerForm OfPostgres(int size) => new(size, size * 8, false, false);

    /// <summary>A type of MySQL.</summary>
    public static IntegerForm OfMySql(int size, bool isUnsigned) => new(size, size * 8, isUnsigned, true);

    /// <summary>True if the type has this number.</summary>
    public bool Holds(Int128 number) => number >= Min && number <= Max;

    /// <summary>Reads the text form; zeros in front are no harm.</summary>
    public bool TryReadText(ReadOnlySpan<byte> value, out Int128 number)
    {
        number = 0;
        int read;
        if (IsUnsigned)
        {
            if (!Utf8Parser.TryParse(value, out ulong unsigned, out read) || read != value.Length)
                return false;
            number = unsigned;
            return Holds(number);
        }

        if (!Utf8Parser.TryParse(value, out long signed, out read) || read != value.Length)
            return false;
        number = signed;
        return Holds(number);
    }

    /// <summary>Reads the binary form.</summary>
    public bool TryReadBinary(ReadOnlySpan<byte> value, out Int128 number)
    {
        number = 0;
        if (value.Length != Size)
            return false;

        ulong bits = 0;
        for (var i = 0; i < Size; i++)
            bits = (bits << 8) | value[IsLittleEndian ? Size - 1 - i : i];
        var unused = 64 - Size * 8;
        number = IsUnsigned ? bits : unchecked((long)(bits << unused)) >> unused;
        return Holds(number);
    }

    /// <summary>Writes the text form; the answer is its size.</summary>
    public int WriteText(Int128 number, Span<byte> target)
    {
        int written;
        if (IsUnsigned)
            Utf8Formatter.TryFormat((ulong)number, target, out written);
        else
            Utf8Formatter.TryFormat((long)number, target, out written);
        return written;
    }

    /// <summary>Writes the binary form; the answer is its size.</summary>
    public int WriteBinary(Int128 number, Span<byte> target)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        var bits = IsUnsigned ? (ulong)number : unchecked((ulong)(long)number);
        if (IsLittleEndian)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, bits);
        else
            BinaryPrimitives.WriteUInt64BigEndian(bytes, bits);
        (IsLittleEndian ? bytes[..Size] : bytes[^Size..]).CopyTo(target);
        return Size;
    }
}
