namespace JitProxy.Wire.MySql;

/// <summary>The type of a parameter, as a client binds it. A session keeps those of each prepared statement: later executions may leave them out.</summary>
/// <param name="Type">The type.</param>
/// <param name="IsUnsigned">Whether a number has no sign.</param>
public readonly record struct MySqlParameterType(MySqlType Type, bool IsUnsigned)
{
    private const byte UnsignedFlag = 0x80;

    internal byte Flags => IsUnsigned ? UnsignedFlag : (byte)0;

    internal static bool TryRead(scoped ref ByteCursor cursor, out MySqlParameterType type)
    {
        type = default;
        if (!cursor.TryReadByte(out var number) || !cursor.TryReadByte(out var flags) || (flags & ~UnsignedFlag) != 0
            || !MySqlBinaryFormat.IsKnown((MySqlType)number))
        {
            return false;
        }

        type = new MySqlParameterType((MySqlType)number, flags == UnsignedFlag);
        return true;
    }
}

/// <summary>A parameter to be sent.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Value">Its binary form; null for NULL.</param>
public readonly record struct MySqlParameter(MySqlParameterType Type, ReadOnlyMemory<byte>? Value);
