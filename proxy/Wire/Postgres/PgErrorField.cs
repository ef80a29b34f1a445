namespace JitProxy.Wire.Postgres;

/// <summary>The letters of the fields of an error or notice. Servers may send others, or leave any of them out.</summary>
public enum PgErrorField : byte
{
    /// <summary>Severity in the server's language.</summary>
    Severity = (byte)'S',

    /// <summary>Severity, never translated.</summary>
    SeverityUnlocalized = (byte)'V',

    /// <summary>SQLSTATE.</summary>
    Code = (byte)'C',

    /// <summary>The message.</summary>
    Message = (byte)'M',

    /// <summary>Detail.</summary>
    Detail = (byte)'D',

    /// <summary>Hint.</summary>
    Hint = (byte)'H',

    /// <summary>Position in the text, in characters, from 1.</summary>
    Position = (byte)'P',

    /// <summary>Position in an internal statement.</summary>
    InternalPosition = (byte)'p',

    /// <summary>Text of an internal statement.</summary>
    InternalQuery = (byte)'q',

    /// <summary>Context ("where").</summary>
    Where = (byte)'W',

    /// <summary>Schema.</summary>
    Schema = (byte)'s',

    /// <summary>Table.</summary>
    Table = (byte)'t',

    /// <summary>Column.</summary>
    Column = (byte)'c',

    /// <summary>Data type.</summary>
    DataType = (byte)'d',

    /// <summary>Constraint.</summary>
    Constraint = (byte)'n',

    /// <summary>Source file.</summary>
    File = (byte)'F',

    /// <summary>Source line.</summary>
    Line = (byte)'L',

    /// <summary>Source routine.</summary>
    Routine = (byte)'R',
}
