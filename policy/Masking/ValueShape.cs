using JitProxy.Policy.Sql;

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
}

/// <summary>From a server's type to a shape.</summary>
internal static class ValueShapes
{
    // Object ids below this one are the same in every PostgreSQL database (access/transam.h, FirstNormalObjectId).
    private const uint FirstNormalOid = 16384;

    /// <summary>The shape of a type. <paramref name="isCitext"/>: the catalogue calls the type citext, whose object id differs per database.</summary>
    public static ValueShape Of(SqlDialect dialect, uint type, bool isCitext) => dialect switch
    {
        SqlDialect.PostgreSql when isCitext && type >= FirstNormalOid => ValueShape.Text,
        SqlDialect.PostgreSql => OfPostgres(type),
        SqlDialect.MySql or SqlDialect.MariaDb => OfMySql(type),
    };

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

    // enum_field_types: the strings and the blobs, unless their character set is `binary`. An ENUM or SET column is sent as
    // STRING too, and any text will do for it. The typed algorithms have no form here yet.
    private static ValueShape OfMySql(uint type) => (type & 0xFFFF, type >> 16) switch
    {
        (_, 63) => ValueShape.Other,
        (15 or 249 or 250 or 251 or 252 or 253 or 254, _) => ValueShape.Text,
        _ => ValueShape.Other,
    };
}
