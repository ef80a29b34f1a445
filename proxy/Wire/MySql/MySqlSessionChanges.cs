namespace JitProxy.Wire.MySql;

/// <summary>Changes of the session as they lie in an OK packet; `foreach` walks them without allocating.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html, section "Session State Information". Layout: kind (1),
/// entry with its length; again and again. Valid as long as the bytes it was parsed from.
/// </remarks>
public readonly ref struct MySqlSessionChanges
{
    private readonly ReadOnlySpan<byte> _entries;

    private MySqlSessionChanges(ReadOnlySpan<byte> entries) => _entries = entries;

    /// <summary>True if nothing changed.</summary>
    public bool IsEmpty => _entries.IsEmpty;

    /// <summary>The entries as they lie in the packet.</summary>
    public ReadOnlySpan<byte> Entries => _entries;

    /// <summary>Walks the changes in order.</summary>
    public Enumerator GetEnumerator() => new(_entries);

    internal static bool TryRead(scoped ref ByteCursor cursor, out MySqlSessionChanges changes)
    {
        changes = default;
        if (!cursor.TryReadText(out var entries))
            return false;

        var walk = new ByteCursor(entries);
        while (!walk.IsAtEnd)
        {
            if (!TryReadEntry(ref walk, out _))
                return false;
        }

        changes = new MySqlSessionChanges(entries);
        return true;
    }

    private static bool TryReadEntry(scoped ref ByteCursor cursor, out MySqlSessionChange change)
    {
        change = default;
        if (!cursor.TryReadByte(out var number) || !cursor.TryReadText(out var entry))
            return false;

        var kind = (MySqlSessionChangeKind)number;
        var inner = new ByteCursor(entry);
        ReadOnlySpan<byte> name = default, value = entry;
        var isSound = kind switch
        {
            MySqlSessionChangeKind.SystemVariable => inner.TryReadText(out name) && inner.TryReadText(out value) && inner.IsAtEnd,
            MySqlSessionChangeKind.Gtids => inner.TryReadByte(out _) && inner.TryReadText(out value) && inner.IsAtEnd,
            MySqlSessionChangeKind.Schema or MySqlSessionChangeKind.TransactionCharacteristics or MySqlSessionChangeKind.TransactionState =>
                inner.TryReadText(out value) && inner.IsAtEnd,

            // A state change has its one digit without a second length.
            MySqlSessionChangeKind.StateChange => entry.Length == 1,
            _ => true,
        };
        change = new MySqlSessionChange(kind, name, value);
        return isSound;
    }

    /// <summary>The walk over the changes.</summary>
    public ref struct Enumerator
    {
        private ByteCursor _cursor;

        internal Enumerator(ReadOnlySpan<byte> entries) => _cursor = new ByteCursor(entries);

        /// <summary>The change that was reached.</summary>
        public MySqlSessionChange Current { get; private set; }

        /// <summary>Goes to the next change; false after the last.</summary>
        public bool MoveNext()
        {
            if (!TryReadEntry(ref _cursor, out var change))
                return false;

            Current = change;
            return true;
        }
    }
}
