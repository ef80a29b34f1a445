using System.Globalization;
using System.Security.Cryptography;

namespace JitProxy.Server.Console;

/// <summary>How far the exports of the console are, for the pages that they were started from. Safe for several threads.</summary>
internal sealed class ExportTable
{
    private const int EntriesMax = 1000;
    private const int KeyLength = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string User, string Key), Entry> _entries = [];
    private readonly Queue<(string User, string Key)> _order = [];

    /// <summary>A key that a page gives to its export, to ask for it again.</summary>
    public static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyLength / 2));

    /// <summary>Begins one; the oldest is forgotten if there are very many.</summary>
    public Entry Begin(string user, string key)
    {
        var entry = new Entry();
        if (key.Length != KeyLength)
            return entry;

        lock (_gate)
        {
            if (_entries.TryAdd((user, key), entry))
                _order.Enqueue((user, key));
            else
                _entries[(user, key)] = entry;

            if (_order.Count > EntriesMax)
                _entries.Remove(_order.Dequeue());
        }

        return entry;
    }

    /// <summary>How far one is, in words, and whether it is over.</summary>
    public (string Words, bool IsOver) Find(string user, string key)
    {
        lock (_gate)
            return _entries.TryGetValue((user, key), out var entry) ? entry.Describe() : ("Waiting for the first rows.", false);
    }

    /// <summary>One export.</summary>
    internal sealed class Entry
    {
        private readonly Lock _sync = new();
        private long _rows;
        private long _bytes;
        private bool _isOver;
        private string? _fault;

        /// <summary>Counts.</summary>
        public void Report(long rows, long more)
        {
            lock (_sync)
                (_rows, _bytes) = (rows, _bytes + more);
        }

        /// <summary>It is over.</summary>
        public void End(string? fault)
        {
            lock (_sync)
                (_isOver, _fault) = (true, fault);
        }

        /// <summary>In words.</summary>
        public (string Words, bool IsOver) Describe()
        {
            lock (_sync)
            {
                var size = _bytes < 1_000_000 ? $"{_bytes} bytes" : (_bytes / 1_000_000.0).ToString("0.0 MB", CultureInfo.InvariantCulture);
                var words = string.Create(CultureInfo.InvariantCulture, $"{_rows} rows, {size}");
                return (_fault is { } fault ? $"Broke off after {words}: {fault}" : _isOver ? $"Done: {words}." : $"{words} so far", _isOver);
            }
        }
    }
}
