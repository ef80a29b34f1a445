using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>
/// COM_QUERY. Layout: 0x03 (1), with QueryAttributes their number and a 1 (length-encoded integers) and the attributes, then the text to the end.
/// </summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query.html. Valid as long as the bytes it was parsed from. Who reads
/// the text without knowing whether attributes were agreed on reads another text than the server.
/// </remarks>
public readonly ref struct MySqlQuery
{
    private MySqlQuery(ReadOnlySpan<byte> text, MySqlParameterList attributes)
    {
        Text = text;
        Attributes = attributes;
    }

    /// <summary>The statement, or several. May hold NUL and anything else.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>What the client says beside it.</summary>
    public MySqlParameterList Attributes { get; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="capabilities">What both ends can do.</param>
    /// <param name="message">The command.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, MySqlCapabilities capabilities, out MySqlQuery message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var command) || command != (byte)MySqlCommand.Query)
            return false;

        MySqlParameterList attributes = default;
        if ((capabilities & MySqlCapabilities.QueryAttributes) != 0)
        {
            if (!cursor.TryReadInteger(out var count) || count > MySqlParameterList.CountMax || !cursor.TryReadInteger(out var sets) || sets != 1
                || !MySqlParameterList.TryRead(ref cursor, (int)count, isNamed: true, default, default, out attributes))
            {
                return false;
            }
        }

        message = new MySqlQuery(cursor.Rest, attributes);
        return true;
    }

    /// <summary>Writes the command, without attributes.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number, 0; counted on.</param>
    /// <param name="capabilities">What both ends can do.</param>
    /// <param name="text">The statement.</param>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, MySqlCapabilities capabilities, ReadOnlySpan<byte> text)
    {
        var hasCounts = (capabilities & MySqlCapabilities.QueryAttributes) != 0;
        var writer = new MySqlMessageWriter(output, (hasCounts ? 3L : 1L) + text.Length);
        writer.Byte((byte)MySqlCommand.Query);
        if (hasCounts)
        {
            writer.Integer(0);
            writer.Integer(1);
        }

        writer.Bytes(text);
        writer.Finish(ref sequence);
    }
}
