using System.Buffers;
using JitProxy.Wire.MySql;
using NUnit.Framework;
using static JitProxy.Wire.Tests.MySql.MySqlDecoders;

namespace JitProxy.Wire.Tests.MySql;

/// <summary>Decoders of a server's answers.</summary>
internal static class MySqlResponseDecoders
{
    private const MySqlCapabilities Tracked = MySqlCapabilities.SessionTrack;

    public static readonly Decoder[] All =
    [
        new("Ok", body => ReadOk(body, Tracked),
            [
                [0, 1, 0xfc, 0, 1, 2, 0, 0, 0],
                [0xfe, 0, 0, 2, 0, 3, 0],
                [0, 0, 0, 2, 0, 0, 0, 2, .. "hi"u8],
                [0, 0, 0, 2, 0x40, 0, 0, 0, 24, 0, 11, 8, .. "sql_mode"u8, 1, .. "X"u8, 1, 4, 3, .. "app"u8, 3, 3, 0, 1, .. "g"u8],
                [0, 0, 0, 2, 0x40, 0, 0, 0, 3, 2, 1, .. "1"u8],
                [0, 0, 0, 2, 0x40, 0, 0, 0, 14, 5, 9, 8, .. "T_______"u8, 77, 1, 9],
            ],
            [
                [1, 0, 0, 2, 0, 0, 0],
                [0, 0xfb, 0, 2, 0, 0, 0],
                [0, 0xfc, 250, 0, 0, 2, 0, 0, 0],
                [0, 0, 0, 2, 0x40, 0, 0],
                [0, 0, 0, 2, 0x40, 0, 0, 0, 4, 1, 2, 3, (byte)'a'],
                [0, 0, 0, 2, 0x40, 0, 0, 0, 6, 1, 4, 2, .. "ab"u8, 0],
                [0, 0, 0, 2, 0x40, 0, 0, 0, 3, 0, 1, 1],
                [0, 0, 0, 2, 0, 0, 0, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255],
            ]) { HasRange = true },
        new("Ok without tracking", body => ReadOk(body, default),
            [[0, 1, 0xfc, 0, 1, 2, 0, 0, 0, .. "hi"u8], [0xfe, 0, 0, 2, 0, 3, 0], [0xfe, 0xfc, 0, 1, 0, 2, 0, 3, 0]],
            [[0, 0, 0, 2, 0, 0], [0, 0xff, 0, 2, 0, 0, 0]]) { OpenFrom = 9, HasRange = true },
        new("Eof", ReadEof, [[0xfe, 1, 0, 2, 0]], [[0, 1, 0, 2, 0]]),
        new("Error", ReadError,
            [[0xff, 0x10, 4, .. "Too many connections"u8], [0xff, 0x76, 4, .. "#42000"u8], [0xff, 0x76, 4, .. "#42000no"u8]],
            [[0xfe, 0x76, 4, .. "#42000no"u8], [0xff, 0x76, 4, .. "#4200"u8], [0xff, 0x76, 4, .. "#"u8]]) { OpenFrom = 3, HasRange = true },
        new("ResultSetHeader", ReadResultSetHeader, [[3], [0xfc, 0, 1]], [[0], [0xfb], [0xfd, 0, 0, 1], [0xfc, 1, 0], [0xff]]),
    ];

    private static byte[]? ReadOk(byte[] body, MySqlCapabilities capabilities)
    {
        if (!MySqlOk.TryParse(body, capabilities, out var message))
            return null;

        // Entries are written one by one; of kinds that are never written, and of empty messages, only the reading is tested.
        var entries = new ArrayBufferWriter<byte>();
        var isWritten = true;
        foreach (var change in message.Changes)
        {
            if (change.Kind == MySqlSessionChangeKind.SystemVariable)
                MySqlSessionChange.WriteVariable(entries, change.Name, change.Value);
            else if (change.Kind is MySqlSessionChangeKind.Gtids or > MySqlSessionChangeKind.TransactionState)
                isWritten = false;
            else
                MySqlSessionChange.Write(entries, change.Kind, change.Value);
        }

        if (isWritten)
            Assert.That(entries.WrittenSpan.ToArray(), Is.EqualTo(message.Changes.Entries.ToArray()));

        var isTracked = (capabilities & Tracked) != 0;
        var isChanged = (message.Status & MySqlServerStatus.SessionStateChanged) != 0;
        if (isTracked ? isChanged == message.Changes.IsEmpty || (message.Message.IsEmpty && !isChanged && body[^1] == 0) : isChanged)
            return body;

        var (isEnd, status, affected, id, warnings) = (message.IsEnd, message.Status, message.AffectedRows, message.LastInsertId, message.Warnings);
        var (text, changes) = (message.Message.ToArray(), message.Changes.Entries.ToArray());
        return Body((output, ref sequence) => MySqlOk.Write(output, ref sequence, capabilities, status, affected, id, warnings, text, changes, isEnd));
    }

    private static byte[]? ReadEof(byte[] body)
    {
        if (!MySqlEof.TryParse(body, out var message))
            return null;

        return Body((output, ref sequence) => MySqlEof.Write(output, ref sequence, message.Status, message.Warnings));
    }

    private static byte[]? ReadError(byte[] body)
    {
        if (!MySqlError.TryParse(body, out var message))
            return null;

        // Without an SQLSTATE a message that begins like one cannot be written.
        var (code, state, text) = (message.Code, message.SqlState.ToArray(), message.Message.ToArray());
        return message.IsProgress ? body : Body((output, ref sequence) => MySqlError.Write(output, ref sequence, code, state, text));
    }

    private static byte[]? ReadResultSetHeader(byte[] body)
    {
        if (!MySqlResultSetHeader.TryParse(body, out var count))
            return null;

        return Body((output, ref sequence) => MySqlResultSetHeader.Write(output, ref sequence, count));
    }
}
