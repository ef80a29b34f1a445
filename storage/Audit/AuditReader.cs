using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>The trail's side of the database that reads: a few blocks at a time, holding nothing open in between.</summary>
internal sealed class AuditReader(string path)
{
    private const int BlocksPerPage = 16;
    private const int BusySeconds = 5;

    public SqliteConnection OpenConnection()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = BusySeconds,
        }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>The records that a filter wants.</summary>
    public IEnumerable<AuditRecord> Read(AuditFilter filter)
    {
        var first = Math.Max(filter.Seq ?? 1, Following(filter.AfterSeq));
        var last = filter.Seq ?? long.MaxValue;
        if (filter.Since is { } since)
            first = Math.Max(first, FirstSince(since));
        var left = filter.Limit ?? int.MaxValue;
        var found = new List<AuditRecord>();
        foreach (var (from, to) in Ranges(filter, first, last))
        {
            foreach (var block in Blocks(from, to, filter.Descending))
            {
                found.Clear();
                if (!BlockDecoder.TryDecode(block, record => record.Seq >= from && record.Seq <= to && Wants(filter, record), found))
                    throw Damaged(block);
                if (filter.Descending)
                    found.Reverse();
                foreach (var record in found)
                {
                    if (left-- <= 0)
                        yield break;
                    yield return WithStatement(record);
                }
            }
        }
    }

    /// <summary>The blocks that hold any of these records.</summary>
    public IEnumerable<StoredBlock> Blocks(long from, long to, bool isDescending)
    {
        while (from <= to)
        {
            var page = Page(from, to, isDescending);
            foreach (var block in page)
                yield return block;
            if (page.Count < BlocksPerPage)
                yield break;
            if (isDescending)
                to = page[^1].FirstSeq - 1;
            else
                from = page[^1].LastSeq + 1;
        }
    }

    private static long Following(long? seq) => seq is { } number and < long.MaxValue ? number + 1 : 1;

    private static bool Wants(AuditFilter filter, AuditRecord record) =>
        (filter.User is null || filter.User == record.User)
        && (filter.Database is null || filter.Database == record.Database)
        && (filter.Grant is null || filter.Grant == record.Grant)
        && (filter.Events.IsDefaultOrEmpty || filter.Events.Contains(record.Event))
        && (filter.Since is null || record.At >= filter.Since)
        && (filter.Until is null || record.At < filter.Until);

    private static List<IndexKey[]> KeysOf(AuditFilter filter)
    {
        var keys = new List<IndexKey[]>();
        if (filter.User is not null)
            keys.Add([new IndexKey(IndexKind.User, filter.User, 0)]);
        if (filter.Database is not null)
            keys.Add([new IndexKey(IndexKind.Database, filter.Database, 0)]);
        if (filter.Grant is { } grant)
            keys.Add([new IndexKey(IndexKind.Grant, null, grant)]);
        if (!filter.Events.IsDefaultOrEmpty)
            keys.Add([.. filter.Events.Select(happened => new IndexKey(IndexKind.Event, null, (long)happened))]);
        return keys;
    }

    // The stretches of records in which the index lists everything that the filter asks by.
    private List<(long From, long To)> Ranges(AuditFilter filter, long first, long last)
    {
        var keys = KeysOf(filter);
        if (keys.Count == 0 || filter.Seq is not null)
            return [(first, last)];
        using var connection = OpenConnection();
        using var command = connection.CreateCommand();
        var selects = keys.Select((set, index) =>
            $"SELECT bucket FROM audit_index WHERE kind = {(int)set[0].Kind} AND bucket >= $first AND value IN ({Values(command, set, index)})");
        command.CommandText = string.Join(" INTERSECT ", selects);
        command.CommandText = $"SELECT DISTINCT bucket FROM ({command.CommandText}) ORDER BY bucket {(filter.Descending ? "DESC" : "ASC")}";
        command.Parameters.AddWithValue("$first", IndexKey.BucketOf(first));
        var ranges = new List<(long, long)>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var start = reader.GetInt64(0) * IndexKey.BucketSize;
            ranges.Add((Math.Max(first, start), Math.Min(last, start + IndexKey.BucketSize - 1)));
        }

        return ranges;
    }

    private static string Values(SqliteCommand command, IndexKey[] keys, int set) => string.Join(", ", keys.Select((key, index) =>
    {
        var name = $"$value{set}_{index}";
        command.Parameters.AddWithValue(name, key.Value);
        return name;
    }));

    private long FirstSince(DateTimeOffset since)
    {
        using var connection = OpenConnection();
        using var command = connection.CreateCommand();

        // The clock may have stepped back: the earliest of all blocks with a late enough record, not the first found.
        command.CommandText = "SELECT min(first_seq) FROM audit_block INDEXED BY audit_block_last_at WHERE last_at >= $since";
        command.Parameters.AddWithValue("$since", (since.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        return command.ExecuteScalar() is long seq ? seq : long.MaxValue;
    }

    private List<StoredBlock> Page(long from, long to, bool isDescending)
    {
        using var connection = OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT first_seq, last_seq, previous_hash, last_hash, body FROM audit_block
            WHERE first_seq <= $to AND last_seq >= $from AND first_seq >= coalesce((SELECT max(first_seq) FROM audit_block WHERE first_seq <= $from), 0)
            ORDER BY first_seq {(isDescending ? "DESC" : "ASC")} LIMIT {BlocksPerPage}
            """;
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        using var reader = command.ExecuteReader();
        var page = new List<StoredBlock>();
        while (reader.Read())
        {
            page.Add(new StoredBlock(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<byte[]>(4)));
        }

        return page;
    }

    private AuditRecord WithStatement(AuditRecord record)
    {
        if (!record.IsStatementElsewhere || record.Execution is not { } execution)
            return record;
        var begun = Read(new AuditFilter { Seq = execution }).FirstOrDefault();
        return record with { Statement = begun?.Statement, IsStatementElsewhere = false };
    }

    private StoreException Damaged(StoredBlock block) => new(
        $"the audit records {block.FirstSeq} to {block.LastSeq} are damaged", path, "Run `jitproxy audit verify`, and keep the file as evidence.");
}
