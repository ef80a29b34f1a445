using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>
/// COM_CHANGE_USER. Layout: 0x11 (1), user, NUL, authentication response with its length (1), database, NUL, and perhaps no more; character
/// set (2), and by capability plugin, NUL; attributes with their length.
/// </summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html. Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct MySqlChangeUser
{
    /// <summary>The user.</summary>
    public ReadOnlySpan<byte> User { get; private init; }

    /// <summary>The first message of the plugin, for the nonce of the greeting.</summary>
    public ReadOnlySpan<byte> AuthResponse { get; private init; }

    /// <summary>The database; empty for none.</summary>
    public ReadOnlySpan<byte> Database { get; private init; }

    /// <summary>The collation asked for; null if the client leaves it as it is.</summary>
    public ushort? CharacterSet { get; private init; }

    /// <summary>The plugin that made the response; empty if the client does not say.</summary>
    public ReadOnlySpan<byte> Plugin { get; private init; }

    /// <summary>What the client says of itself.</summary>
    public MySqlAttributes Attributes { get; private init; }

    /// <summary>Reads a payload; false if it is malformed.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="capabilities">What both ends can do.</param>
    /// <param name="message">The command.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, MySqlCapabilities capabilities, out MySqlChangeUser message)
    {
        message = default;
        var cursor = new ByteCursor(payload);
        if (!cursor.TryReadByte(out var command) || command != (byte)MySqlCommand.ChangeUser || !cursor.TryReadCString(out var user)
            || !cursor.TryReadByte(out var size) || !cursor.TryReadBytes(size, out var auth) || !cursor.TryReadCString(out var database))
        {
            return false;
        }

        ReadOnlySpan<byte> plugin = default;
        MySqlAttributes attributes = default;
        ushort? characterSet = null;
        if (!cursor.IsAtEnd)
        {
            if (!cursor.TryReadUInt16(out var set)
                || ((capabilities & MySqlCapabilities.PluginAuth) != 0 && !cursor.IsAtEnd && !cursor.TryReadCString(out plugin))
                || ((capabilities & MySqlCapabilities.ConnectAttributes) != 0 && !cursor.IsAtEnd && !MySqlAttributes.TryRead(ref cursor, out attributes))
                || !cursor.IsAtEnd)
            {
                return false;
            }

            characterSet = set;
        }

        message = new MySqlChangeUser
        {
            User = user,
            AuthResponse = auth,
            Database = database,
            CharacterSet = characterSet,
            Plugin = plugin,
            Attributes = attributes,
        };
        return true;
    }

    /// <summary>Writes the command, without attributes.</summary>
    public static void Write(
        IBufferWriter<byte> output,
        ref byte sequence,
        ReadOnlySpan<byte> user,
        ReadOnlySpan<byte> authResponse,
        ReadOnlySpan<byte> database,
        ushort characterSet,
        ReadOnlySpan<byte> plugin)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(authResponse.Length, byte.MaxValue, nameof(authResponse));
        var size = 1 + MySqlMessageWriter.SizeOf(user) + 1 + authResponse.Length + MySqlMessageWriter.SizeOf(database) + sizeof(ushort)
            + MySqlMessageWriter.SizeOf(plugin);
        var writer = new MySqlMessageWriter(output, size);
        writer.Byte((byte)MySqlCommand.ChangeUser);
        writer.CString(user);
        writer.Byte((byte)authResponse.Length);
        writer.Bytes(authResponse);
        writer.CString(database);
        writer.UInt16(characterSet);
        writer.CString(plugin);
        writer.Finish(ref sequence);
    }
}
