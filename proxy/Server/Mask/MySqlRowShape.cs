using System.Buffers;
using System.Text;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Mask;

/// <summary>
/// Reads the column definitions of a MySQL result into the columns that a mask plan is made for. A shape is a byte that is 1 for the
/// binary protocol, and the packets as the server sent them.
/// </summary>
internal static class MySqlRowShape
{
    /// <summary>The first byte of a shape in the text protocol.</summary>
    public const byte Text = 0;

    /// <summary>The first byte of a shape in the binary protocol.</summary>
    public const byte Binary = 1;

    /// <summary>From the end of a definition: where its flags lie.</summary>
    private const int FlagsFromEnd = 5;

    /// <summary>The columns, or null if a definition is malformed.</summary>
    public static ResultColumn[]? Read(ReadOnlySpan<byte> shape)
    {
        var columns = new List<ResultColumn>();
        var isBinary = shape[0] == Binary;
        for (var rest = shape[1..]; !rest.IsEmpty; rest = rest[SizeOf(rest)..])
        {
            if (!MySqlColumn.TryParse(PayloadOf(rest), isListed: false, out var column))
                return null;

            var origin = new SourceColumn(Utf8(column.Schema), Utf8(column.OriginTable), Utf8(column.OriginName));
            columns.Add(ResultColumn.OfMySql(Utf8(column.Name), origin, (byte)column.Type, column.CharacterSet, (ushort)column.Flags, isBinary));
        }

        return [.. columns];
    }

    /// <summary>The types of the columns; null if a definition is malformed.</summary>
    public static MySqlType[]? ReadTypes(ReadOnlySpan<byte> shape)
    {
        var types = new List<MySqlType>();
        for (var rest = shape[1..]; !rest.IsEmpty; rest = rest[SizeOf(rest)..])
        {
            if (!MySqlColumn.TryParse(PayloadOf(rest), isListed: false, out var column))
                return null;

            types.Add(column.Type);
        }

        return [.. types];
    }

    /// <summary>Writes the definitions for the client, under its own numbers. A column that may come masked may come as NULL.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, ReadOnlySpan<byte> shape, MaskPlan? plan)
    {
        var index = 0;
        for (var rest = shape[1..]; !rest.IsEmpty; rest = rest[SizeOf(rest)..])
        {
            var size = SizeOf(rest);
            var packet = output.GetSpan(size)[..size];
            rest[..size].CopyTo(packet);
            packet[MySqlPacketHeader.Size - 1] = sequence;
            sequence = MySqlPacketHeader.Next(sequence);
            if (plan?.Columns[index] is not null)
                packet[^FlagsFromEnd] &= unchecked((byte)~(byte)MySqlColumnFlags.NotNull);

            output.Advance(size);
            index++;
        }
    }

    private static int SizeOf(ReadOnlySpan<byte> packet) => MySqlPacketHeader.Size + (packet[0] | (packet[1] << 8) | (packet[2] << 16));

    private static ReadOnlySpan<byte> PayloadOf(ReadOnlySpan<byte> packet) => packet[MySqlPacketHeader.Size..SizeOf(packet)];

    private static string Utf8(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
