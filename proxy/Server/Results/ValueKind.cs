namespace JitProxy.Server.Results;

/// <summary>What the values of a column are, so that a format can write them as what they are.</summary>
internal enum ValueKind : byte
{
    /// <summary>Text, and everything else that is shown as text: the default value.</summary>
    Text = 0,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>An exact decimal number; in PostgreSQL also NaN and the infinities.</summary>
    Decimal,

    /// <summary>A floating-point number; in PostgreSQL also NaN and the infinities.</summary>
    Float,

    /// <summary><c>t</c> or <c>f</c>.</summary>
    Boolean,

    /// <summary>A JSON value.</summary>
    Json,

    /// <summary>A day, <c>YYYY-MM-DD</c>.</summary>
    Date,

    /// <summary>A day and a time of day, with a blank between, in no zone.</summary>
    Timestamp,

    /// <summary>Bytes as they are. PostgreSQL's come as text with hexadecimal digits.</summary>
    Bytes,
}
