using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>A result: columns as <c>name</c> (text) or <c>name:int</c>, each with its origin, and rows of comma separated values; <c>-</c> is NULL.</summary>
internal sealed record MySqlTable(string Origin, string[] Columns, string[] Rows)
{
    public static MySqlTable Of(string origin, string columns, params string[] rows) => new(origin, columns.Split(' '), rows);

    private static bool IsInt(string column) => column.EndsWith(":int", StringComparison.Ordinal);

    /// <summary>Writes the definitions of the columns.</summary>
    public void WriteColumns(IBufferWriter<byte> output, ref byte sequence)
    {
        foreach (var column in Columns)
        {
            MySqlColumn.Of(Encoding.UTF8.GetBytes(column.Split(':')[0]), IsInt(column) ? MySqlType.Long : MySqlType.VarString, MySqlCharacterSet.Utf8, 1024)
                .From("app"u8, Encoding.UTF8.GetBytes(Origin))
                .Write(output, ref sequence);
        }
    }

    /// <summary>Writes rows from one on; all of them, or so many.</summary>
    public void WriteRows(IBufferWriter<byte> output, ref byte sequence, bool isBinary, int from = 0, int count = int.MaxValue)
    {
        using var builder = new MySqlRowBuilder();
        foreach (var row in Rows.Skip(from).Take(count))
        {
            if (isBinary)
                builder.BeginBinary(Columns.Length);
            else
                builder.BeginText(Columns.Length);

            foreach (var (column, value) in Columns.Zip(row.Split(',')))
            {
                if (value == "-")
                    builder.AddNull();
                else if (isBinary && IsInt(column))
                    builder.Add(MySqlType.Long, Int(value));
                else
                    builder.Add(MySqlType.VarString, Encoding.UTF8.GetBytes(value));
            }

            builder.WriteTo(output, ref sequence);
        }
    }

    private static byte[] Int(string value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, int.Parse(value, CultureInfo.InvariantCulture));
        return bytes;
    }
}
