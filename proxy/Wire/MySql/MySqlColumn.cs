using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>What a column definition says about values.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__column__definition__flags.html</remarks>
[Flags]
#pragma warning disable CA1028 // The wire has 16 bits without a sign.
public enum MySqlColumnFlags : ushort
#pragma warning restore CA1028
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Never NULL.</summary>
    NotNull = 1 << 0,

    /// <summary>Part of the primary key.</summary>
    PrimaryKey = 1 << 1,

    /// <summary>Part of a unique key.</summary>
    UniqueKey = 1 << 2,

    /// <summary>Part of another key.</summary>
    MultipleKey = 1 << 3,

    /// <summary>BLOB or TEXT.</summary>
    Blob = 1 << 4,

    /// <summary>A number without sign.</summary>
    Unsigned = 1 << 5,

    /// <summary>A number filled with zeros.</summary>
    Zerofill = 1 << 6,

    /// <summary>Compared byte by byte.</summary>
    Binary = 1 << 7,

    /// <summary>ENUM.</summary>
    Enum = 1 << 8,

    /// <summary>AUTO_INCREMENT.</summary>
    AutoIncrement = 1 << 9,

    /// <summary>TIMESTAMP.</summary>
    Timestamp = 1 << 10,

    /// <summary>SET.</summary>
    Set = 1 << 11,

    /// <summary>Has no default.</summary>
    NoDefault = 1 << 12,

    /// <summary>Set to the time of each update.</summary>
    OnUpdateNow = 1 << 13,

    /// <summary>A number.</summary>
    Number = 1 << 15,
}

/// <summary>
/// ColumnDefinition41. Layout: `def`, database, table, original table, name, original name (each with its length), 12 (1), character set
/// (2), length (4), type (1), flags (2), decimals (1), filler (2); in answers to COM_FIELD_LIST a default with its length, or NULL.
/// </summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html. Valid as long as
/// the bytes it was parsed from. The form with MariaDB's extended types is never agreed on.
/// </remarks>
public readonly ref struct MySqlColumn
{
    private const byte NumbersSize = 12;

    /// <summary>The database of the original table; empty for an expression.</summary>
    public ReadOnlySpan<byte> Schema { get; private init; }

    /// <summary>The table as the statement calls it.</summary>
    public ReadOnlySpan<byte> Table { get; private init; }

    /// <summary>The table; for a column of a view or a derived table its name. Not to be trusted: whoever writes the statement can choose it.</summary>
    public ReadOnlySpan<byte> OriginTable { get; private init; }

    /// <summary>The column as the statement calls it.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>The column in its table; as little to be trusted.</summary>
    public ReadOnlySpan<byte> OriginName { get; private init; }

    /// <summary>The collation of the values as they are sent; 63 is bytes.</summary>
    public ushort CharacterSet { get; private init; }

    /// <summary>The most that a value can take, in characters times the size of the largest character.</summary>
    public uint Length { get; private init; }

    /// <summary>The type.</summary>
    public MySqlType Type { get; private init; }

    /// <summary>What else is known of the values.</summary>
    public MySqlColumnFlags Flags { get; private init; }

    /// <summary>Digits behind the point; 31 for floating point and for what has none.</summary>
    public byte Decimals { get; private init; }

    /// <summary>The default, in answers to COM_FIELD_LIST; NULL otherwise. Data, not metadata: it may be what masks are for.</summary>
    public MySqlValue Default { get; private init; }

    /// <summary>Reads a payload; false if it is malformed, or of a type that no value can have.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="isListed">True in an answer to COM_FIELD_LIST, where a default follows.</param>
    /// <param name="message">The definition.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, bool isListed, out MySqlColumn message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadText(out var catalogue) || !catalogue.SequenceEqual("def"u8) || !cursor.TryReadText(out var schema)
            || !cursor.TryReadText(out var table) || !cursor.TryReadText(out var originTable) || !cursor.TryReadText(out var name)
            || !cursor.TryReadText(out var originName) || !cursor.TryReadByte(out var size) || size != NumbersSize)
        {
            return false;
        }

        var defaultValue = MySqlValue.Null;
        if (!cursor.TryReadUInt16(out var characterSet) || !cursor.TryReadUInt32(out var length) || !cursor.TryReadByte(out var type)
            || !MySqlBinaryFormat.IsKnown((MySqlType)type) || !cursor.TryReadUInt16(out var flags) || !cursor.TryReadByte(out var decimals)
            || !cursor.TryReadUInt16(out _) || (isListed && !cursor.TryReadTextOrNull(out defaultValue)) || !cursor.IsAtEnd)
        {
            return false;
        }

        message = new MySqlColumn
        {
            Schema = schema,
            Table = table,
            OriginTable = originTable,
            Name = name,
            OriginName = originName,
            CharacterSet = characterSet,
            Length = length,
            Type = (MySqlType)type,
            Flags = (MySqlColumnFlags)flags,
            Decimals = decimals,
            Default = defaultValue,
        };
        return true;
    }

    /// <summary>A definition to be written.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="characterSet">The collation of its values; 63 for bytes and numbers.</param>
    /// <param name="length">The most that a value can take.</param>
    /// <param name="flags">What else is known of the values.</param>
    /// <param name="decimals">Digits behind the point.</param>
    public static MySqlColumn Of(
        ReadOnlySpan<byte> name, MySqlType type, ushort characterSet, uint length, MySqlColumnFlags flags = default, byte decimals = 0) => new()
        {
            Name = name,
            Type = type,
            CharacterSet = characterSet,
            Length = length,
            Flags = flags,
            Decimals = decimals,
            Default = MySqlValue.Null,
        };

    /// <summary>The same definition, of a column of this table.</summary>
    public MySqlColumn From(ReadOnlySpan<byte> schema, ReadOnlySpan<byte> table) =>
        this with { Schema = schema, Table = table, OriginTable = table, OriginName = Name };

    /// <summary>Writes the definition.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number; counted on.</param>
    /// <param name="isListed">True to add the default, as COM_FIELD_LIST has it.</param>
    public void Write(IBufferWriter<byte> output, ref byte sequence, bool isListed = false)
    {
        var size = MySqlMessageWriter.SizeOfText("def"u8) + MySqlMessageWriter.SizeOfText(Schema) + MySqlMessageWriter.SizeOfText(Table)
            + MySqlMessageWriter.SizeOfText(OriginTable) + MySqlMessageWriter.SizeOfText(Name) + MySqlMessageWriter.SizeOfText(OriginName)
            + 1 + NumbersSize + (!isListed ? 0 : Default.IsNull ? 1 : MySqlMessageWriter.SizeOfText(Default.Bytes));
        var writer = new MySqlMessageWriter(output, size);
        writer.Text("def"u8);
        writer.Text(Schema);
        writer.Text(Table);
        writer.Text(OriginTable);
        writer.Text(Name);
        writer.Text(OriginName);
        writer.Byte(NumbersSize);
        writer.UInt16(CharacterSet);
        writer.UInt32(Length);
        writer.Byte((byte)Type);
        writer.UInt16((ushort)Flags);
        writer.Byte(Decimals);
        writer.UInt16(0);
        if (isListed && Default.IsNull)
            writer.Byte(MySqlCursor.NullMark);
        else if (isListed)
            writer.Text(Default.Bytes);

        writer.Finish(ref sequence);
    }
}
