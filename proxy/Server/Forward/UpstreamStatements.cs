using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace JitProxy.Server.Forward;

/// <summary>The granted statements that one upstream connection keeps prepared, by text and parameter types; bounded, oldest use leaves first.</summary>
internal sealed class UpstreamStatements
{
    /// <summary>How many are kept per connection; PostgreSQL holds a plan for each.</summary>
    public const int CountMax = 128;

    private readonly Dictionary<string, LinkedListNode<(string Key, UpstreamStatement Statement)>> _byKey = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, UpstreamStatement Statement)> _byUse = new();
    private long _lastName;

    /// <summary>A name that this connection has never used.</summary>
    public byte[] NewName() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{UpstreamNames.Statement}{++_lastName}"));

    /// <summary>The statement prepared under this key, if it still stands.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out UpstreamStatement? statement)
    {
        statement = null;
        if (!_byKey.TryGetValue(key, out var node))
            return false;

        if (node.Value.Statement.IsLost)
        {
            _byUse.Remove(node);
            _byKey.Remove(key);
            return false;
        }

        if (node != _byUse.First)
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        statement = node.Value.Statement;
        return true;
    }

    /// <summary>Forgets one.</summary>
    public void Remove(string key)
    {
        if (_byKey.Remove(key, out var node))
            _byUse.Remove(node);
    }

    /// <summary>Remembers a statement; returns the one that had to leave for it, whose name must be closed upstream.</summary>
    public UpstreamStatement? Add(string key, UpstreamStatement statement)
    {
        _byKey[key] = _byUse.AddFirst((key, statement));
        if (_byUse.Count <= CountMax)
            return null;

        var last = _byUse.Last!;
        _byUse.RemoveLast();
        _byKey.Remove(last.Value.Key);
        last.Value.Statement.IsLost = true;
        return last.Value.Statement;
    }

    /// <summary>Forgets all: the client had the session's prepared statements discarded.</summary>
    public void Clear()
    {
        foreach (var (_, statement) in _byUse)
            statement.IsLost = true;

        _byKey.Clear();
        _byUse.Clear();
    }
}
