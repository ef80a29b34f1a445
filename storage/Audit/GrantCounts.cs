using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>Executions begun per grant: what the database holds, and what came since it was last told.</summary>
internal sealed class GrantCounts(Func<SqliteConnection> open) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, long> _since = [];
    private SqliteConnection? _connection;

    /// <summary>Commits blocks; with them, if asked, the counts.</summary>
    public void Commit(AuditSink sink, List<Block> blocks, bool isCounting)
    {
        if (!isCounting)
        {
            sink.Commit(blocks, null);
            lock (_gate)
                Add(blocks, 1);
            return;
        }

        // Under the lock, so that a reader sees each execution once: in the database or here.
        lock (_gate)
        {
            Add(blocks, 1);
            try
            {
                sink.Commit(blocks, _since);
                _since.Clear();
            }
            catch
            {
                Add(blocks, -1);
                throw;
            }
        }
    }

    /// <summary>Counts an execution that the database holds but has not counted.</summary>
    public void AddUncounted(long grant)
    {
        lock (_gate)
            Add(grant, 1);
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
        {
            foreach (var (grant, executions) in block.Executions)
                Add(grant, sign * executions);
        }
    }

    private void Add(long grant, long executions) => _since[grant] = _since.GetValueOrDefault(grant) + executions;
}
