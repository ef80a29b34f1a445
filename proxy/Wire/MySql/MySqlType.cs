namespace JitProxy.Wire.MySql;

/// <summary>The type of a column or a parameter on the wire; several SQL types share one, and flags tell them apart.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html. Types that servers keep to themselves are left out.</remarks>
public enum MySqlType : byte
{
    /// <summary>DECIMAL of old servers; text.</summary>
    Decimal = 0,

    /// <summary>TINYINT, BOOL; 1 byte.</summary>
    Tiny = 1,

    /// <summary>SMALLINT; 2 bytes.</summary>
    Short = 2,

    /// <summary>INT; 4 bytes.</summary>
    Long = 3,

    /// <summary>FLOAT; 4 bytes.</summary>
    Float = 4,

    /// <summary>DOUBLE; 8 bytes.</summary>
    Double = 5,

    /// <summary>NULL itself; nothing.</summary>
    Null = 6,

    /// <summary>TIMESTAMP; 0, 4, 7 or 11 bytes.</summary>
    Timestamp = 7,

    /// <summary>BIGINT; 8 bytes.</summary>
    LongLong = 8,

    /// <summary>MEDIUMINT; 4 bytes.</summary>
    Int24 = 9,

    /// <summary>DATE; 0, 4, 7 or 11 bytes.</summary>
    Date = 10,

    /// <summary>TIME; 0, 8 or 12 bytes.</summary>
    Time = 11,

    /// <summary>DATETIME; 0, 4, 7 or 11 bytes.</summary>
    DateTime = 12,

    /// <summary>YEAR; 2 bytes.</summary>
    Year = 13,

    /// <summary>VARCHAR, as a parameter; text.</summary>
    VarChar = 15,

    /// <summary>BIT; bytes, the highest first.</summary>
    Bit = 16,

    /// <summary>VECTOR (MySQL 9); bytes.</summary>
    Vector = 242,

    /// <summary>JSON (MySQL); text.</summary>
    Json = 245,

    /// <summary>DECIMAL; text, in the binary protocol too.</summary>
    NewDecimal = 246,

    /// <summary>ENUM; text. Results say <see cref="String"/> and a flag.</summary>
    Enum = 247,

    /// <summary>SET; text. Results say <see cref="String"/> and a flag.</summary>
    Set = 248,

    /// <summary>TINYBLOB, TINYTEXT; results say <see cref="Blob"/>.</summary>
    TinyBlob = 249,

    /// <summary>MEDIUMBLOB, MEDIUMTEXT; results say <see cref="Blob"/>.</summary>
    MediumBlob = 250,

    /// <summary>LONGBLOB, LONGTEXT; results say <see cref="Blob"/>.</summary>
    LongBlob = 251,

    /// <summary>BLOB and TEXT of any size, JSON of MariaDB; the character set tells bytes (63) from text.</summary>
    Blob = 252,

    /// <summary>VARCHAR, VARBINARY.</summary>
    VarString = 253,

    /// <summary>CHAR, BINARY, ENUM, SET.</summary>
    String = 254,

    /// <summary>Geometries; bytes.</summary>
    Geometry = 255,
}
