using JitProxy.Server.Capture;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>The prepared statements of a session by the numbers that its client knows them by; bounded.</summary>
internal sealed class PreparedSet
{
    /// <summary>Prepared statements that one session may hold.</summary>
    public const int CountMax = 4096;

    /// <summary>Bytes of texts that one session may hold.</summary>
    public const long SizeMax = 64 * 1024 * 1024;

    private readonly Dictionary<uint, MySqlStatement> _byId = [];
    private uint _lastId;
    private MySqlStatement? _last;
    private long _size;

    /// <summary>True if there is no room for one more of this size.</summary>
    public bool IsFullFor(int size) => _byId.Count >= CountMax || _size + size > SizeMax;

    /// <summary>A number that none has. The highest stands for the statement that was prepared last (MariaDB), and zero for none.</summary>
    public uint NextId()
    {
        do
            _lastId = _lastId >= MySqlStmtExecute.LastStatementId - 1 ? 1 : _lastId + 1;
        while (_byId.ContainsKey(_lastId));

        return _lastId;
    }

    /// <summary>Another one is being prepared: until it is, none was prepared last.</summary>
    public void ForgetLast() => _last = null;

    /// <summary>Adds one.</summary>
    public void Add(MySqlStatement statement)
    {
        _byId[statement.Id] = _last = statement;
        _size += statement.Text.Length;
    }

    /// <summary>The statement of this number; null if there is none, or if the server would not prepare it.</summary>
    public MySqlStatement? Find(uint id)
    {
        // Clients of MariaDB send an execution right behind the text, before they can know its number: it is the statement prepared last, if it was.
        id = id == MySqlStmtExecute.LastStatementId ? _last?.Id ?? 0 : id;
        if (!_byId.TryGetValue(id, out var statement) || !statement.IsRefused)
            return statement;

        Remove(id);
        return null;
    }

    /// <summary>Takes one away; null if there is none.</summary>
    public MySqlStatement? Remove(uint id)
    {
        if (!_byId.Remove(id, out var statement))
            return null;

        _size -= statement.Text.Length;
        _last = _last == statement ? null : _last;
        return statement;
    }

    /// <summary>Takes all away, and closes what is open of them.</summary>
    public void Clear()
    {
        foreach (var statement in _byId.Values)
            statement.CloseCursor();

        _byId.Clear();
        (_last, _size) = (null, 0);
    }
}
