using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>The trail's side of the database that writes. One at a time uses it: the writer, or a test that holds <see cref="Gate"/>.</summary>
internal sealed class AuditSink : IDisposable
{
    private const int BusySeconds = 1;

    private readonly string _path;
    private readonly AuditDurability _durability;
    private readonly HashSet<IndexKey> _listed = [];
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
    private long _bucket = -1;
    private SqliteConnection? _connection;

    public AuditSink(string path, AuditDurability durability)
    {
        (_path, _durability) = (path, durability);
        try
        {
            _connection = Open(SqliteOpenMode.ReadWriteCreate);
            AuditSchema.Ensure(Connection);
            ReadHead();
        }
        catch (SqliteException error)
        {
            Dispose();
            throw StoreFiles.Explain(error, path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Held during a commit.</summary>
    public object Gate { get; } = new();

    /// <summary>Runs before each commit: tests make the database fail with it.</summary>
    public Action<SqliteConnection>? BeforeCommit { get; set; }

    public byte[] Trail { get; private set; } = [];

    /// <summary>The last record in the database. Read by any thread.</summary>
    public AuditHead Head { get => Volatile.Read(ref field); private set => Volatile.Write(ref field, value); } = new(0, []);

    public long CountedSeq { get; private set; }

    /// <summary>True when the file was written without summaries and counts, which <see cref="AuditBackfill"/> then makes.</summary>
    public bool LacksSummaries { get; private set; }

    /// <summary>The summary of the bucket that is being filled; kept here until it is full.</summary>
    public BucketSummary? OpenBucket { get; set; }

    // A database that went away is not made anew: its trail would start over.
    private SqliteConnection Connection => _connection ??= Open(SqliteOpenMode.ReadWrite);

    /// <summary>Commits blocks, and the counters if they are given; all or nothing.</summary>
    public void Commit(IReadOnlyList<Block> blocks, IReadOnlyDictionary<long, long>? counts, IReadOnlyDictionary<TallyKey, TallySums>? tallies)
    {
        lock (Gate)
        {
            try
            {
                BeforeCommit?.Invoke(Connection);
                if (!File.Exists(_path))
                    throw new IOException("the database file is gone");
                using var transaction = Connection.BeginTransaction();
                var open = OpenBucket;
                foreach (var block in blocks)
                    Insert(transaction, block, ref open);
                var seq = blocks.Count > 0 ? blocks[^1].LastSeq : Head.Seq;
                var hash = blocks.Count > 0 ? blocks[^1].Hash : Head.Hash;
                var counted = counts is null ? CountedSeq : seq;
                if (counts is not null)
                    Add(transaction, counts);
                if (tallies is not null)
                    Add(transaction, tallies);
                var heads = Execute(
                    transaction,
                    """
                    UPDATE audit_head SET last_seq = $seq, last_hash = $hash, counted_seq = $counted
                    WHERE id = 1 AND last_seq = $oldSeq AND last_hash = $oldHash
                    """,
                    ("$seq", seq), ("$hash", hash), ("$counted", counted), ("$oldSeq", Head.Seq), ("$oldHash", Head.Hash));
                if (heads != 1)
                    throw new IOException("its end is not where this process left it; run `jitproxy audit verify`, then start the proxy again");
                transaction.Commit();
                (Head, CountedSeq, OpenBucket) = (new AuditHead(seq, hash), counted, open);
            }
            catch
            {
                // What the index holds is not known any more, nor what state the connection is in.
                _listed.Clear();
                Dispose();
                throw;
            }
        }
    }

    /// <summary>Keeps summaries of full buckets, made from records that are in the database already.</summary>
    public void Keep(IEnumerable<BucketSummary> summaries)
    {
        lock (Gate)
        {
            using var transaction = Connection.BeginTransaction();
            foreach (var summary in summaries)
                Insert(transaction, summary);
            transaction.Commit();
        }
    }

    /// <summary>Removes the blocks up to a record, and keeps its number and hash as the anchor that the rest of the chain hangs on.</summary>
    public void Prune(AuditHead anchor)
    {
        lock (Gate)
        {
            using var transaction = Connection.BeginTransaction();
            Execute(transaction, "DELETE FROM audit_block WHERE last_seq <= $seq", ("$seq", anchor.Seq));
            Execute(transaction, "DELETE FROM audit_index WHERE bucket < $bucket", ("$bucket", IndexKey.BucketOf(anchor.Seq + 1)));
            Execute(transaction, "DELETE FROM audit_summary WHERE bucket < $bucket", ("$bucket", IndexKey.BucketOf(anchor.Seq + 1)));
            Execute(
                transaction,
                "INSERT INTO audit_anchor (id, seq, hash) VALUES (1, $seq, $hash) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
                ("$seq", anchor.Seq), ("$hash", anchor.Hash));
            transaction.Commit();
        }
    }

    /// <summary>Keeps the counts of a file that had none; from now on it has the current format.</summary>
    public void Upgrade(IReadOnlyDictionary<TallyKey, TallySums> tallies)
    {
        lock (Gate)
        {
            using var transaction = Connection.BeginTransaction();
            Execute(transaction, "DELETE FROM audit_tally");
            Add(transaction, tallies);
            Execute(transaction, "UPDATE audit_head SET format = $format WHERE id = 1", ("$format", AuditSchema.Format));
            transaction.Commit();
            LacksSummaries = false;
        }
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
        _commands.Clear();
        _connection?.Dispose();
        _connection = null;
    }

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = BusySeconds,
        }.ToString());
        try
        {
            connection.Open();

            // The library's own waiting sleeps 150 ms at a time; that of SQLite begins with one.
            AuditSchema.Run(connection, $"PRAGMA busy_timeout = {BusySeconds * 1000}");
            AuditSchema.Run(connection, "PRAGMA journal_mode = WAL");
            AuditSchema.Run(connection, _durability == AuditDurability.Disk ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void ReadHead()
    {
        using var command = Connection.CreateCommand();
        command.CommandText = "SELECT format, trail, last_seq, last_hash, counted_seq FROM audit_head WHERE id = 1";
        using var reader = command.ExecuteReader();
        reader.Read();
        LacksSummaries = reader.GetInt64(0) is >= AuditSchema.OldestFormat and < AuditSchema.Format;
        if (!LacksSummaries && reader.GetInt64(0) != AuditSchema.Format)
            throw new StoreException(
                $"the audit trail has format {reader.GetInt64(0)}, this program knows {AuditSchema.Format}", _path, "Use the program version that wrote it.");
        (Trail, Head, CountedSeq) = (reader.GetFieldValue<byte[]>(1), new AuditHead(reader.GetInt64(2), reader.GetFieldValue<byte[]>(3)), reader.GetInt64(4));
    }

    private void Insert(SqliteTransaction transaction, Block block, ref BucketSummary? open)
    {
        Execute(
            transaction,
            """
            INSERT INTO audit_block (first_seq, last_seq, first_at, last_at, previous_hash, last_hash, body)
            VALUES ($first, $last, $firstAt, $lastAt, $previous, $hash, $body)
            """,
            ("$first", block.FirstSeq), ("$last", block.LastSeq), ("$firstAt", block.FirstAt), ("$lastAt", block.LastAt),
            ("$previous", block.PreviousHash), ("$hash", block.Hash), ("$body", block.Body));
        for (var bucket = IndexKey.BucketOf(block.FirstSeq); bucket <= IndexKey.BucketOf(block.LastSeq); bucket++)
        {
            if (bucket != _bucket)
                _listed.Clear();
            _bucket = bucket;
            foreach (var key in block.Keys)
            {
                if (_listed.Add(key))
                {
                    Execute(
                        transaction,
                        "INSERT INTO audit_index (kind, value, bucket) VALUES ($kind, $value, $bucket) ON CONFLICT DO NOTHING",
                        ("$kind", (long)key.Kind), ("$value", key.Value), ("$bucket", bucket));
                }
            }
        }

        foreach (var summary in block.Buckets)
        {
            if (open is not null && open.Bucket != summary.Bucket)
                Insert(transaction, open);
            open = open?.Bucket == summary.Bucket ? open.Plus(summary) : summary;
        }
    }

    private void Insert(SqliteTransaction transaction, BucketSummary summary) => Execute(
        transaction,
        """
        INSERT OR REPLACE INTO audit_summary (bucket, first_at, last_at, events, outcomes, rows_max, bytes_max, duration_max, elsewhere, signature)
        VALUES ($bucket, $firstAt, $lastAt, $events, $outcomes, $rows, $bytes, $duration, $elsewhere, $signature)
        """,
        ("$bucket", summary.Bucket), ("$firstAt", summary.FirstAt), ("$lastAt", summary.LastAt), ("$events", unchecked((long)summary.Events)),
        ("$outcomes", (long)summary.Outcomes), ("$rows", summary.RowsMax), ("$bytes", summary.BytesMax), ("$duration", summary.DurationMax),
        ("$elsewhere", summary.HasStatementElsewhere), ("$signature", summary.Signature.ToBytes()));

    private void Add(SqliteTransaction transaction, IReadOnlyDictionary<TallyKey, TallySums> tallies)
    {
        foreach (var (key, sums) in tallies)
        {
            if (sums.IsZero)
                continue;
            Execute(
                transaction,
                """
                INSERT INTO audit_tally (kind, value, hour, event, outcome, records, rows, bytes, duration)
                VALUES ($kind, $value, $hour, $event, $outcome, $records, $rows, $bytes, $duration)
                ON CONFLICT (kind, value, hour, event, outcome) DO UPDATE SET records = records + excluded.records, rows = rows + excluded.rows,
                    bytes = bytes + excluded.bytes, duration = duration + excluded.duration
                """,
                ("$kind", (long)key.Kind), ("$value", key.Value), ("$hour", key.Hour), ("$event", (long)key.Event), ("$outcome", (long)key.Outcome),
                ("$records", sums.Records), ("$rows", sums.Rows), ("$bytes", sums.Bytes), ("$duration", sums.Duration));
        }
    }

    private void Add(SqliteTransaction transaction, IReadOnlyDictionary<long, long> counts)
    {
        foreach (var (grant, executions) in counts)
        {
            Execute(
                transaction,
                """
                INSERT INTO audit_count (grant_id, executions) VALUES ($grant, $executions)
                ON CONFLICT (grant_id) DO UPDATE SET executions = executions + excluded.executions
                """,
                ("$grant", grant), ("$executions", executions));
        }
    }

    private int Execute(SqliteTransaction transaction, string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = Connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, _) in values)
                command.Parameters.Add(new SqliteParameter { ParameterName = name });
            _commands.Add(sql, command);
        }

        command.Transaction = transaction;
        for (var index = 0; index < values.Length; index++)
            command.Parameters[index].Value = values[index].Value;
        return command.ExecuteNonQuery();
    }
}

/// <summary>The end of the chain: number and hash of the last record.</summary>
internal sealed record AuditHead(long Seq, byte[] Hash);
