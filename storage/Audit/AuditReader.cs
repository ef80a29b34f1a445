using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>The trail's side of the database that reads: a few blocks at a time, holding nothing open in between.</summary>
internal sealed class AuditReader(string path)
{
    private const int SizePerPage = 1024 * 1024;
    private const int BlocksPerPage = 1024;
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
        var left = filter.Limit ?? int.MaxValue;
        foreach (var step in Scan(filter))
        {
            foreach (var record in step.Records)
            {
                if (left-- <= 0)
                    yield break;
                yield return record;
            }

            if (left <= 0)
                yield break;
        }
    }

    /// <summary>As many of the records that a filter wants as its limit says, or as are found in the time given.</summary>
    public AuditPage ReadPage(AuditFilter filter, TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        var limit = filter.Limit ?? int.MaxValue;
        var records = new List<AuditRecord>();
        foreach (var step in Scan(filter with { Limit = limit < int.MaxValue ? limit + 1 : limit }))
        {
            records.AddRange(step.Records);
            if (records.Count > limit)
            {
                records.RemoveRange(limit, records.Count - limit);
                return new([.. records], records.Count > 0 ? records[^1].Seq : null, IsCutShort: false);
            }

            if (Stopwatch.GetElapsedTime(started) > patience)
                return new([.. records], step.Reached, IsCutShort: true);
        }

        return new([.. records], null, IsCutShort: false);
    }

    /// <summary>The newest record of the database.</summary>
    public long LastSeq()
    {
        using var connection = OpenConnection();
        return HeadOf(connection);
    }

    /// <summary>The blocks that hold any of these records.</summary>
    public IEnumerable<StoredBlock> Blocks(long from, long to, bool isDescending)
    {
        while (from <= to)
        {
            List<StoredBlock> page;
            using (var connection = OpenConnection())
                page = Page(connection, from, to, isDescending);
            foreach (var block in page)
                yield return block;
            if (page.Count == 0)
                yield break;
            if (isDescending)
                to = page[^1].FirstSeq - 1;
            else
                from = page[^1].LastSeq + 1;
        }
    }

    /// <summary>What is thrown for a block that does not read.</summary>
    public StoreException Damaged(StoredBlock block) => new(
        $"the audit records {block.FirstSeq} to {block.LastSeq} are damaged", path, "Run `jitproxy audit verify`, and keep the file as evidence.");

    private static long HeadOf(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT last_seq FROM audit_head WHERE id = 1";
        return command.ExecuteScalar() is long seq ? seq : 0;
    }

    /// <summary>The question for the next blocks between two records, $from and $to.</summary>
    internal static string SqlOf(bool isDescending) => $"""
        SELECT first_seq, last_seq, previous_hash, last_hash, body FROM audit_block
        WHERE first_seq <= $to AND last_seq >= $from AND first_seq >= coalesce((SELECT max(first_seq) FROM audit_block WHERE first_seq <= $from), 0)
        ORDER BY first_seq {(isDescending ? "DESC" : "ASC")} LIMIT {BlocksPerPage}
        """;

    private static long Following(long? seq) => seq is { } number and < long.MaxValue ? Math.Max(1, number + 1) : 1;

    // Page by page of blocks; each may be the last. No connection is open while the caller has the floor, so a slow one does not hold up the
    // database's log.
    private IEnumerable<Step> Scan(AuditFilter filter)
    {
        var first = Math.Max(filter.Seq ?? filter.Execution ?? 1, Following(filter.AfterSeq));
        var last = Math.Min(filter.Seq ?? long.MaxValue, filter.BeforeSeq is { } before ? before - 1 : long.MaxValue);
        var match = new RecordMatch(filter);
        var scan = new BlockScan(match, seq => Read(new AuditFilter { Seq = seq }).FirstOrDefault()?.Statement);
        BucketScan? buckets = null;
        var left = filter.Limit ?? int.MaxValue;
        while (first <= last && left > 0)
        {
            List<(long From, long To)> stretches;
            using (var connection = OpenConnection())
            {
                using var snapshot = connection.BeginTransaction(deferred: true);
                buckets ??= new(connection, filter, match);
                stretches = buckets.Next(connection, ref first, ref last, HeadOf(connection));
            }

            foreach (var (from, to) in stretches)
            {
                foreach (var block in Blocks(from, to, filter.Descending))
                {
                    var records = new List<AuditRecord>();
                    if (!scan.TryRead(block, from, to, filter.Descending, left, records))
                        throw Damaged(block);
                    left -= records.Count;
                    yield return new(records, filter.Descending ? Math.Max(from, block.FirstSeq) : Math.Min(to, block.LastSeq));
                    if (left <= 0)
                        yield break;
                }
            }

            if (first <= last)
                yield return new([], filter.Descending ? last + 1 : first - 1);
        }
    }

    // So many blocks as make up some size: they may be large, or hold a record each.
    private static List<StoredBlock> Page(SqliteConnection connection, long from, long to, bool isDescending)
    {
        using var command = connection.CreateCommand();
        command.CommandText = SqlOf(isDescending);
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        using var reader = command.ExecuteReader();
        var page = new List<StoredBlock>();
        var size = 0;
        while (size < SizePerPage && reader.Read())
        {
            page.Add(new StoredBlock(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<byte[]>(4)));
            size += page[^1].Body.Length;
        }

        return page;
    }

    /// <summary>What reading one block gave.</summary>
    /// <param name="Records">The wanted records, in order.</param>
    /// <param name="Reached">The number of the last record looked at: everything before it, in reading order, was.</param>
    private readonly record struct Step(List<AuditRecord> Records, long Reached);
}
