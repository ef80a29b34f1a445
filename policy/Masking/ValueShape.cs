namespace JitProxy.Policy.Masking;

/// <summary>What the bytes of a value mean, as far as masks need to know.</summary>
internal enum ValueShape : byte
{
    /// <summary>Anything that no mask can write: it becomes NULL.</summary>
    Other = 0,

    /// <summary>The bytes are the text, in both formats.</summary>
    Text,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    Date,
    Timestamp,
    TimestampTz,

    /// <summary>MySQL: numbers with the last byte weighing most, DECIMAL as a text, dates field by field; the U-types are unsigned.</summary>
    MySqlInt1,
    MySqlUInt1,
    MySqlInt2,
    MySqlUInt2,
    MySqlInt3,
    MySqlUInt3,
    MySqlInt4,
    MySqlUInt4,
    MySqlInt8,
    MySqlUInt8,
    MySqlFloat4,
    MySqlFloat8,
    MySqlDecimal,
    MySqlDate,
    MySqlDateTime,
}

/// <summary>From a server's type to a shape.</summary>
internal static class ValueShapes
{
    // Object ids below this one are the same in every PostgreSQL database (access/transam.h, FirstNormalObjectId).
    private const uint FirstNormalOid = 16384;

    private const ushort UnsignedFlag = 32;
    private const uint BinaryCharacterSet = 63;

    /// <summary>The shape of a PostgreSQL type. <paramref name="isCitext"/>: the catalogue calls it citext, whose object id differs per database.</summary>
    public static ValueShape OfPostgres(uint type, bool isCitext) =>
        isCitext && type >= FirstNormalOid ? ValueShape.Text : OfPostgres(type);

    /// <summary>The shape of a MySQL or MariaDB type.</summary>
    /// <param name="type">Type code plus 65536 times the character set's number.</param>
    /// <param name="flags">The flags of the column definition.</param>
    public static ValueShape OfMySql(uint type, ushort flags)
    {
        // enum_field_types. ENUM and SET are sent as STRING, and any text will do for them. Not here, and so NULL: TIMESTAMP, which is shown in the
        // zone of the session, so that cutting it in one zone after another would show its hour; TIME, YEAR, BIT, JSON, GEOMETRY, VECTOR.
        var isUnsigned = (flags & UnsignedFlag) != 0;
        return (type & 0xFFFF) switch
        {
            1 => isUnsigned ? ValueShape.MySqlUInt1 : ValueShape.MySqlInt1,
            2 => isUnsigned ? ValueShape.MySqlUInt2 : ValueShape.MySqlInt2,
            3 => isUnsigned ? ValueShape.MySqlUInt4 : ValueShape.MySqlInt4,
            4 => ValueShape.MySqlFloat4,
            5 => ValueShape.MySqlFloat8,
            8 => isUnsigned ? ValueShape.MySqlUInt8 : ValueShape.MySqlInt8,
            9 => isUnsigned ? ValueShape.MySqlUInt3 : ValueShape.MySqlInt3,
            10 => ValueShape.MySqlDate,
            12 => ValueShape.MySqlDateTime,
            0 or 246 => ValueShape.MySqlDecimal,
            15 or 247 or 248 or 249 or 250 or 251 or 252 or 253 or 254 when type >> 16 != BinaryCharacterSet => ValueShape.Text,
            _ => ValueShape.Other,
        };
    }

    // pg_type.dat. Not here, and so NULL: "char" (18), which is one byte; json, xml, enums and all others that a mask would break.
    private static ValueShape OfPostgres(uint oid) => oid switch
    {
        19 or 25 or 705 or 1042 or 1043 => ValueShape.Text,
        20 => ValueShape.Int8,
        21 => ValueShape.Int2,
        23 => ValueShape.Int4,
        700 => ValueShape.Float4,
        701 => ValueShape.Float8,
        1700 => ValueShape.Numeric,
        1082 => ValueShape.Date,
        1114 => ValueShape.Timestamp,
        1184 => ValueShape.TimestampTz,
        _ => ValueShape.Other,
    };
}
