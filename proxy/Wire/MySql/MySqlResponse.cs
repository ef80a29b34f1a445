namespace JitProxy.Wire.MySql;

/// <summary>What a server's packet is.</summary>
public enum MySqlResponseKind : byte
{
    /// <summary>None that may come here.</summary>
    Unknown,

    /// <summary><see cref="MySqlOk"/>.</summary>
    Ok,

    /// <summary><see cref="MySqlError"/>.</summary>
    Error,

    /// <summary><see cref="MySqlEof"/>.</summary>
    Eof,

    /// <summary>A request for a file of the client: 0xFB, and its name to the end. Never passed on.</summary>
    LocalInFile,

    /// <summary>The number of columns of a result: see <see cref="MySqlResultSetHeader"/>.</summary>
    ResultSet,

    /// <summary>A row, in the form of the command that asked for it.</summary>
    Row,
}

/// <summary>Tells a server's packets apart, which have no type of their own: by the first byte, the size, and what was asked.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html. A text row may begin with 0xFE, before a value
/// of 16 MiB and more; so no packet that is full ends a result.
/// </remarks>
public static class MySqlResponse
{
    private const byte LocalInFileHeader = 0xFB;
    private const int EofSizeMax = 8;

    /// <summary>The first packet of an answer to COM_QUERY or COM_STMT_EXECUTE.</summary>
    public static MySqlResponseKind KindOf(byte first) => first switch
    {
        MySqlOk.Header => MySqlResponseKind.Ok,
        MySqlError.Header => MySqlResponseKind.Error,
        LocalInFileHeader => MySqlResponseKind.LocalInFile,
        MySqlOk.EndHeader => MySqlResponseKind.Unknown,
        _ => MySqlResponseKind.ResultSet,
    };

    /// <summary>A packet behind column definitions, or behind a row.</summary>
    /// <param name="first">The payload's first byte.</param>
    /// <param name="firstPacketSize">Size in bytes of the payload's first packet.</param>
    /// <param name="isEofDeprecated">Whether DeprecateEof was agreed on.</param>
    public static MySqlResponseKind KindOfRow(byte first, int firstPacketSize, bool isEofDeprecated)
    {
        if (first == MySqlError.Header)
            return MySqlResponseKind.Error;

        if (first != MySqlOk.EndHeader)
            return MySqlResponseKind.Row;

        if (isEofDeprecated)
            return firstPacketSize < MySqlPacketHeader.BodySizeMax ? MySqlResponseKind.Ok : MySqlResponseKind.Row;

        return firstPacketSize <= EofSizeMax ? MySqlResponseKind.Eof : MySqlResponseKind.Row;
    }
}
