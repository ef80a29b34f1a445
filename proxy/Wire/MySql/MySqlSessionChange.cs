using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>What kind of session state changed.</summary>
public enum MySqlSessionChangeKind : byte
{
    /// <summary>A system variable: name and value.</summary>
    SystemVariable = 0,

    /// <summary>The default database: its name.</summary>
    Schema = 1,

    /// <summary>Something did: `1`, or `0`.</summary>
    StateChange = 2,

    /// <summary>Transactions that were committed: their ids.</summary>
    Gtids = 3,

    /// <summary>How the open transaction would have to be begun elsewhere: statements.</summary>
    TransactionCharacteristics = 4,

    /// <summary>What the open transaction has done so far: eight letters.</summary>
    TransactionState = 5,
}

/// <summary>One change of the session, as an OK packet tells it.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct MySqlSessionChange
{
    internal MySqlSessionChange(MySqlSessionChangeKind kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Kind = kind;
        Name = name;
        Value = value;
    }

    /// <summary>What kind of state; a number outside the enumeration for kinds of later servers.</summary>
    public MySqlSessionChangeKind Kind { get; }

    /// <summary>The variable's name; empty for every other kind.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The new state; for kinds of later servers the whole entry.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Appends an entry that says that a system variable has a new value.</summary>
    public static void WriteVariable(IBufferWriter<byte> entries, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var size = MySqlMessageWriter.SizeOfText(name) + MySqlMessageWriter.SizeOfText(value);
        var entry = Begin(entries, MySqlSessionChangeKind.SystemVariable, size, out var at, out var total);
        at += WriteText(entry[at..], name);
        at += WriteText(entry[at..], value);
        entries.Advance(total);
    }

    /// <summary>Appends an entry of a kind that has one value: all but system variables and transaction ids.</summary>
    public static void Write(IBufferWriter<byte> entries, MySqlSessionChangeKind kind, ReadOnlySpan<byte> value)
    {
        if (kind is MySqlSessionChangeKind.SystemVariable or MySqlSessionChangeKind.Gtids)
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "an entry of this kind has another layout");

        var isBare = kind == MySqlSessionChangeKind.StateChange;
        var entry = Begin(entries, kind, isBare ? value.Length : MySqlMessageWriter.SizeOfText(value), out var at, out var total);
        if (isBare)
            value.CopyTo(entry[at..]);
        else
            WriteText(entry[at..], value);

        entries.Advance(total);
    }

    private static Span<byte> Begin(IBufferWriter<byte> entries, MySqlSessionChangeKind kind, long size, out int at, out int total)
    {
        at = 1 + MySqlMessageWriter.SizeOfInteger((ulong)size);
        total = at + (int)size;
        var entry = entries.GetSpan(total);
        entry[0] = (byte)kind;
        MySqlMessageWriter.WriteInteger(entry[1..], (ulong)size);
        return entry;
    }

    private static int WriteText(Span<byte> output, ReadOnlySpan<byte> text)
    {
        var size = MySqlMessageWriter.WriteInteger(output, (ulong)text.Length);
        text.CopyTo(output[size..]);
        return size + text.Length;
    }
}
