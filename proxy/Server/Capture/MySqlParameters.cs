using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Capture;

/// <summary>Encodes the parameters of an execution as the audit trail keeps them: numbers and dates as people write them, blobs as bytes.</summary>
internal sealed class MySqlParameters(ParameterEncoder encoder)
{
    /// <summary>The encoded values; empty if there are none.</summary>
    public byte[] Encode(in MySqlStmtExecute execute, MySqlStatement statement)
    {
        if (statement.ParameterCount == 0)
            return [];

        encoder.Keeps = (statement.Ruling.Recording ?? Recording.Undecided).Redaction.Parameters;
        var index = 0;
        foreach (var item in execute.Parameters)
        {
            if (index == statement.ParameterCount)
                break;

            if (item.WasSentBefore)
                AddAsIs(item.Type, statement.LongDataOf(index));
            else if (item.Value.IsNull)
                encoder.AddNull();
            else
                Add(item.Type, item.Value.Bytes);

            index++;
        }

        return encoder.Encoded.ToArray();
    }

    /// <summary>The types that came with an execution.</summary>
    public static MySqlParameterType[] TypesOf(in MySqlStmtExecute execute, int count)
    {
        var types = new MySqlParameterType[count];
        var index = 0;
        foreach (var item in execute.Parameters)
        {
            if (index == count)
                break;

            types[index++] = item.Type;
        }

        return types;
    }

    /// <summary>A value as people write it; null for what is a text or bytes already.</summary>
    public static string? TextOf(MySqlParameterType type, ReadOnlySpan<byte> value) => (type.Type, type.IsUnsigned) switch
    {
        (MySqlType.Tiny, false) => Invariant(unchecked((sbyte)value[0])),
        (MySqlType.Tiny, true) => Invariant(value[0]),
        (MySqlType.Short or MySqlType.Year, false) => Invariant(BinaryPrimitives.ReadInt16LittleEndian(value)),
        (MySqlType.Short or MySqlType.Year, true) => Invariant(BinaryPrimitives.ReadUInt16LittleEndian(value)),
        (MySqlType.Long or MySqlType.Int24, false) => Invariant(BinaryPrimitives.ReadInt32LittleEndian(value)),
        (MySqlType.Long or MySqlType.Int24, true) => Invariant(BinaryPrimitives.ReadUInt32LittleEndian(value)),
        (MySqlType.LongLong, false) => Invariant(BinaryPrimitives.ReadInt64LittleEndian(value)),
        (MySqlType.LongLong, true) => Invariant(BinaryPrimitives.ReadUInt64LittleEndian(value)),
        (MySqlType.Float, _) => Invariant(BinaryPrimitives.ReadSingleLittleEndian(value)),
        (MySqlType.Double, _) => Invariant(BinaryPrimitives.ReadDoubleLittleEndian(value)),
        (MySqlType.Date or MySqlType.DateTime or MySqlType.Timestamp, _) => FormatDate(value),
        (MySqlType.Time, _) => FormatTime(value),
        _ => null,
    };

    private void Add(MySqlParameterType type, ReadOnlySpan<byte> value)
    {
        if (TextOf(type, value) is { } text)
            encoder.AddText(Encoding.UTF8.GetBytes(text));
        else
            AddAsIs(type, value);
    }

    private void AddAsIs(MySqlParameterType type, ReadOnlySpan<byte> value)
    {
        if (IsBytes(type.Type))
            encoder.AddBinary(value);
        else
            encoder.AddText(value);
    }

    private static bool IsBytes(MySqlType type) => type is MySqlType.TinyBlob or MySqlType.MediumBlob or MySqlType.LongBlob or MySqlType.Blob
        or MySqlType.Bit or MySqlType.Geometry or MySqlType.Vector;

    private static string Invariant<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);

    // Year (2), month, day; hour, minute, second; microseconds (4). What is zero at the end is left out.
    private static string FormatDate(ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            return "0000-00-00";

        var date = string.Create(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16LittleEndian(value):0000}-{value[2]:00}-{value[3]:00}");
        return value.Length < 7 ? date : string.Create(CultureInfo.InvariantCulture, $"{date} {value[4]:00}:{value[5]:00}:{value[6]:00}{Fraction(value[7..])}");
    }

    // Sign, days (4), hours, minutes, seconds; microseconds (4).
    private static string FormatTime(ReadOnlySpan<byte> value)
    {
        if (value.Length < 8)
            return "00:00:00";

        var hours = (BinaryPrimitives.ReadUInt32LittleEndian(value[1..]) * 24L) + value[5];
        return string.Create(CultureInfo.InvariantCulture, $"{(value[0] == 0 ? "" : "-")}{hours:00}:{value[6]:00}:{value[7]:00}{Fraction(value[8..])}");
    }

    private static string Fraction(ReadOnlySpan<byte> microseconds) => microseconds.Length < 4
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $".{BinaryPrimitives.ReadUInt32LittleEndian(microseconds):000000}");
}
