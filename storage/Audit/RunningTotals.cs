namespace JitProxy.Storage.Audit;

/// <summary>Adds up what blocks hold, as they are committed. The caller keeps one thread at a time in it.</summary>
internal sealed class RunningTotals
{
    // Servers come from the configuration, but names in records are foreign: beyond this many they count together.
    private const int ServersMax = 1000;
    private const string Others = "(others)";

    private readonly Dictionary<(string Server, AuditEvent Event, AuditOutcome Outcome), TallySums> _records = [];
    private readonly HashSet<string> _servers = new(StringComparer.Ordinal);
    private readonly long[] _durations = new long[AuditTotals.DurationBounds.Length + 1];
    private long _maskedCells;

    public void Add(Block block)
    {
        foreach (var (key, sums) in block.Tallies)
        {
            if (key.Kind == IndexKind.Database)
                Add(ServerOf(key.Value), key, sums);
            else if (key.Kind == IndexKind.Event)
                Add("", key, sums);
        }

        for (var place = 0; place < block.Measured.Durations.Length; place++)
            _durations[place] += block.Measured.Durations[place];
        _maskedCells = unchecked(_maskedCells + block.Measured.MaskedCells);
    }

    /// <summary>The sums. What belongs to no server is what is left of everything.</summary>
    public AuditTotals Snapshot()
    {
        var rest = new Dictionary<(AuditEvent, AuditOutcome), (long Records, long Rows, long Bytes, long Duration)>();
        foreach (var (key, sums) in _records)
        {
            var sign = key.Server.Length == 0 ? 1 : -1;
            var left = rest.GetValueOrDefault((key.Event, key.Outcome));
            var duration = sign > 0 ? sums.Duration : 0;
            rest[(key.Event, key.Outcome)] = (
                left.Records + (sign * sums.Records), left.Rows + (sign * sums.Rows), left.Bytes + (sign * sums.Bytes), left.Duration + duration);
        }

        var totals = _records.Where(static pair => pair.Key.Server.Length > 0)
            .Select(static pair => new AuditTotal(pair.Key.Server, pair.Key.Event, pair.Key.Outcome, pair.Value.Records, pair.Value.Rows, pair.Value.Bytes))
            .Concat(rest.Where(static pair => pair.Value.Records > 0)
                .Select(static pair => new AuditTotal("", pair.Key.Item1, pair.Key.Item2, pair.Value.Records, pair.Value.Rows, pair.Value.Bytes)));
        return new([.. totals], [.. _durations], rest.Values.Sum(static left => left.Duration), _maskedCells);
    }

    private string ServerOf(string database)
    {
        var slash = database.IndexOf('/', StringComparison.Ordinal);
        var server = slash > 0 ? database[..slash] : Others;
        return _servers.Contains(server) || (_servers.Count < ServersMax && _servers.Add(server)) ? server : Others;
    }

    private void Add(string server, TallyKey key, TallySums sums)
    {
        var place = (server, key.Event, key.Outcome);
        if (!_records.TryGetValue(place, out var sum))
            _records.Add(place, sum = new());
        sum.Add(sums, 1);
    }
}
