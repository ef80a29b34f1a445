using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>
/// OK. Layout: 0x00 or 0xFE (1), rows affected and last id (length-encoded integers), status (2), warnings (2), then with SessionTrack a
/// message with its length if there is one or the session changed, and the changes with their length if it did; else a message to the end.
/// </summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html. Valid as long as the bytes it was parsed from. With
/// DeprecateEof a result ends with an OK that begins with 0xFE: see <see cref="MySqlResponse"/>.
/// </remarks>
public readonly ref struct MySqlOk
{
    /// <summary>The first byte.</summary>
    public const byte Header = 0x00;

    /// <summary>The first byte behind the rows of a result.</summary>
    public const byte EndHeader = 0xFE;

    /// <summary>True for the form that ends the rows of a result.</summary>
    public bool IsEnd { get; private init; }

    /// <summary>Rows affected.</summary>
    public ulong AffectedRows { get; private init; }

    /// <summary>The last AUTO_INCREMENT value made.</summary>
    public ulong LastInsertId { get; private init; }

    /// <summary>Where the session stands.</summary>
    public MySqlServerStatus Status { get; private init; }

    /// <summary>How many warnings SHOW WARNINGS has.</summary>
    public ushort Warnings { get; private init; }

    /// <summary>A message for people; may quote data.</summary>
    public ReadOnlySpan<byte> Message { get; private init; }

    /// <summary>What changed in the session; none unless the status says so.</summary>
    public MySqlSessionChanges Changes { get; private init; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="capabilities">What both ends can do.</param>
    /// <param name="message">The message.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, MySqlCapabilities capabilities, out MySqlOk message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var header) || header is not (Header or EndHeader) || !cursor.TryReadInteger(out var affectedRows)
            || !cursor.TryReadInteger(out var lastInsertId) || !cursor.TryReadUInt16(out var status) || !cursor.TryReadUInt16(out var warnings))
        {
            return false;
        }

        var text = cursor.Rest;
        MySqlSessionChanges changes = default;
        if ((capabilities & MySqlCapabilities.SessionTrack) != 0)
        {
            var isChanged = ((MySqlServerStatus)status & MySqlServerStatus.SessionStateChanged) != 0;

            // Servers leave an empty message out when nothing follows it.
            if ((isChanged || !cursor.IsAtEnd) && !cursor.TryReadText(out text))
                return false;

            if ((isChanged && !MySqlSessionChanges.TryRead(ref cursor, out changes)) || !cursor.IsAtEnd)
                return false;
        }

        message = new MySqlOk
        {
            IsEnd = header == EndHeader,
            AffectedRows = affectedRows,
            LastInsertId = lastInsertId,
            Status = (MySqlServerStatus)status,
            Warnings = warnings,
            Message = text,
            Changes = changes,
        };
        return true;
    }

    /// <summary>Writes an OK.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sequence">The packet's number; counted on.</param>
    /// <param name="capabilities">What both ends can do.</param>
    /// <param name="status">Where the session stands; that it changed is said exactly if there are changes.</param>
    /// <param name="affectedRows">Rows affected.</param>
    /// <param name="lastInsertId">The last AUTO_INCREMENT value made.</param>
    /// <param name="warnings">How many warnings there are.</param>
    /// <param name="text">A message for people.</param>
    /// <param name="changes">Entries made by <see cref="MySqlSessionChange"/>; dropped for a client without SessionTrack.</param>
    /// <param name="isEnd">True to end the rows of a result.</param>
    public static void Write(
        IBufferWriter<byte> output,
        ref byte sequence,
        MySqlCapabilities capabilities,
        MySqlServerStatus status,
        ulong affectedRows = 0,
        ulong lastInsertId = 0,
        ushort warnings = 0,
        ReadOnlySpan<byte> text = default,
        ReadOnlySpan<byte> changes = default,
        bool isEnd = false)
    {
        var isTracked = (capabilities & MySqlCapabilities.SessionTrack) != 0;
        var isChanged = isTracked && !changes.IsEmpty;
        var size = 1L + MySqlMessageWriter.SizeOfInteger(affectedRows) + MySqlMessageWriter.SizeOfInteger(lastInsertId) + (2 * sizeof(ushort));
        if (!isTracked)
            size += text.Length;
        else if (isChanged || !text.IsEmpty)
            size += MySqlMessageWriter.SizeOfText(text) + (isChanged ? MySqlMessageWriter.SizeOfText(changes) : 0);

        // Behind rows, a longer packet would be taken for one.
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(size, MySqlPacketHeader.BodySizeMax, nameof(text));
        var writer = new MySqlMessageWriter(output, size);
        writer.Byte(isEnd ? EndHeader : Header);
        writer.Integer(affectedRows);
        writer.Integer(lastInsertId);
        writer.UInt16((ushort)(isChanged ? status | MySqlServerStatus.SessionStateChanged : status & ~MySqlServerStatus.SessionStateChanged));
        writer.UInt16(warnings);
        if (!isTracked)
        {
            writer.Bytes(text);
        }
        else if (isChanged || !text.IsEmpty)
        {
            writer.Text(text);
            if (isChanged)
                writer.Text(changes);
        }

        writer.Finish(ref sequence);
    }
}
