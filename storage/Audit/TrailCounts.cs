using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>Executions per grant, and records per hour: what the database holds, and what came since it was last told.</summary>
internal sealed class TrailCounts(Func<SqliteConnection> open) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, long> _since = [];
    private readonly Dictionary<TallyKey, TallySums> _talliesSince = [];
    private readonly RunningTotals _totals = new();
    private SqliteConnection? _connection;

    /// <summary>Commits blocks; with them, if asked, the counts.</summary>
    public void Commit(AuditSink sink, List<Block> blocks, bool isCounting)
    {
        if (!isCounting)
        {
            sink.Commit(blocks, null, null);
            lock (_gate)
            {
                Add(blocks, 1);
                blocks.ForEach(_totals.Add);
            }

            return;
        }

        // Under the lock, so that a reader sees each execution once: in the database or here.
        lock (_gate)
        {
            Add(blocks, 1);
            try
            {
                sink.Commit(blocks, _since, _talliesSince);
                _since.Clear();
                _talliesSince.Clear();
                blocks.ForEach(_totals.Add);
            }
            catch
            {
                Add(blocks, -1);
                throw;
            }
        }
    }

    /// <summary>Counts records that the database holds but has not counted.</summary>
    public void AddUncounted(RecordNotes notes)
    {
        lock (_gate)
            Add(notes.Executions, notes.Tallies, 1);
    }

    public long Of(long grant)
    {
        lock (_gate)
        {
            _connection ??= open();
            using var command = _connection.CreateCommand();
            command.CommandText = "SELECT executions FROM audit_count WHERE grant_id = $grant";
            command.Parameters.AddWithValue("$grant", grant);
            return _since.GetValueOrDefault(grant) + (command.ExecuteScalar() is long counted ? counted : 0);
        }
    }

    /// <summary>What was committed since the start.</summary>
    public AuditTotals Totals()
    {
        lock (_gate)
            return _totals.Snapshot();
    }

    /// <summary>Counts by hour of everything (<paramref name="value"/> empty), of a person or of a database, from one moment to before another.</summary>
    public List<(TallyKey Key, TallySums Sums)> Tallies(IndexKind kind, string value, long from, long to)
    {
        lock (_gate)
        {
            _connection ??= open();
            using var command = _connection.CreateCommand();
            command.CommandText = """
                SELECT hour, event, outcome, records, rows, bytes, duration FROM audit_tally
                WHERE kind = $kind AND value = $value AND hour >= $from AND hour < $to
                """;
            command.Parameters.AddWithValue("$kind", (long)kind);
            command.Parameters.AddWithValue("$value", value);
            command.Parameters.AddWithValue("$from", from);
            command.Parameters.AddWithValue("$to", to);
            var found = new Dictionary<TallyKey, TallySums>();
            using (var reader = command.ExecuteReader())
            {
                while (reader.Read())
                {
                    var key = new TallyKey(reader.GetInt64(0), kind, value, (AuditEvent)reader.GetInt64(1), (AuditOutcome)reader.GetInt64(2));
                    found[key] = new TallySums(reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6));
                }
            }

            foreach (var (key, sums) in _talliesSince)
            {
                if (key.Kind == kind && key.Value == value && key.Hour >= from && key.Hour < to)
                    TallySums.Add(found, key, sums, 1);
            }

            return [.. found.Where(static pair => !pair.Value.IsZero).Select(static pair => (pair.Key, pair.Value)).OrderBy(static pair => pair.Key.Hour)];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _connection?.Dispose();
            _connection = null;
        }
    }

    private void Add(List<Block> blocks, int sign)
    {
        foreach (var block in blocks)
            Add(block.Executions, block.Tallies, sign);
    }

    private void Add(Dictionary<long, long> executions, Dictionary<TallyKey, TallySums> tallies, int sign)
    {
        foreach (var (grant, count) in executions)
            _since[grant] = _since.GetValueOrDefault(grant) + sign * count;
        foreach (var (key, sums) in tallies)
            TallySums.Add(_talliesSince, key, sums, sign);
    }
}
