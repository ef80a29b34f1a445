// Task: find the buckets that may hold wanted records, a group at a time, in the order in which they are read.
//
// People, databases and grants have an index; everything else is looked up in the summaries. The bucket that is being filled has no summary yet.
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>Stretches of record numbers that a filter has to look at.</summary>
internal sealed class BucketScan
{
    private const int GroupCount = 64;

    private readonly AuditFilter _filter;
    private readonly RecordMatch _match;
    private readonly List<(string Name, object Value)> _values = [];
    private readonly bool _isIndexed;

    public BucketScan(SqliteConnection connection, AuditFilter filter, RecordMatch match)
    {
        (_filter, _match) = (filter, match);
        var keys = new List<string>();
        if (filter.User is not null)
            keys.Add(Listed(IndexKind.User, filter.User));
        if (filter.Database is not null)
            keys.Add(Listed(IndexKind.Database, filter.Database));
        if (filter.Grant is { } grant)
            keys.Add(Listed(IndexKind.Grant, grant));
        _isIndexed = keys.Count > 0;
        if (filter.Scope is { } scope)
            keys.Add(ListedInScope(connection, scope));

        // One of the keys gives the buckets, in order; the others say which of them count.
        var bucket = _isIndexed ? "b.bucket" : "m.bucket";
        var source = _isIndexed ? "audit_index b LEFT JOIN audit_summary m ON m.bucket = b.bucket" : "audit_summary m";
        var conditions = keys.Select((key, index) => index == 0 && _isIndexed
            ? key
            : $"EXISTS (SELECT 1 FROM audit_index i WHERE i.bucket = {bucket} AND ({key.Replace("b.", "i.", StringComparison.Ordinal)}))");
        var signature = match.UsesSignature ? "m.signature" : "NULL";
        Sql = $"""
            SELECT {bucket}, m.elsewhere, {signature} FROM {source}
            WHERE {bucket} BETWEEN $low AND $high AND {string.Join(" AND ", conditions.DefaultIfEmpty("1"))}
                AND (m.bucket IS NULL OR (m.last_at >= $since AND m.first_at < $until AND m.events & $events AND m.outcomes & $outcomes
                    AND m.rows_max >= $rows AND m.bytes_max >= $bytes AND m.duration_max >= $duration))
            ORDER BY {bucket} {(filter.Descending ? "DESC" : "ASC")} LIMIT {GroupCount}
            """;
        Add("$since", match.Since);
        Add("$until", match.Until);
        Add("$events", unchecked((long)match.Events));
        Add("$outcomes", (long)match.Outcomes);
        Add("$rows", Least(filter.Rows));
        Add("$bytes", Least(filter.Bytes));
        Add("$duration", Least(filter.Duration));
    }

    /// <summary>The question for the next group of buckets.</summary>
    internal string Sql { get; }

    /// <summary>Reads the next group of buckets between two record numbers.</summary>
    /// <param name="connection">The database, in a transaction that also reads the records.</param>
    /// <param name="first">The first record that may be wanted; on return, where the next group begins in ascending order.</param>
    /// <param name="last">The last record that may be wanted; on return, where the next group begins in descending order.</param>
    /// <param name="headSeq">The newest record of the database.</param>
    /// <returns>Stretches of records in the order to read. Nothing outside of them, up to the new bounds, is wanted.</returns>
    public List<(long From, long To)> Next(SqliteConnection connection, ref long first, ref long last, long headSeq)
    {
        var stretches = new List<(long From, long To)>();
        last = Math.Min(last, headSeq);
        if (first > last)
            return stretches;
        var (low, high, head) = (IndexKey.BucketOf(first), IndexKey.BucketOf(last), IndexKey.BucketOf(headSeq));
        var (from, to) = (first, last);
        var found = Read(connection, low, high, out var reached);

        // The newest bucket is read without a summary: first when newest comes first, else after the last group.
        if (!_isIndexed && head >= low && head <= high && (reached is null || _filter.Descending) && !found.Contains(head))
            found.Add(head);
        found.Sort();
        if (_filter.Descending)
            found.Reverse();
        foreach (var bucket in found)
            Append(stretches, Math.Max(from, bucket * IndexKey.BucketSize), Math.Min(to, ((bucket + 1) * IndexKey.BucketSize) - 1));

        if (_filter.Descending)
            last = reached is { } lowest ? (lowest * IndexKey.BucketSize) - 1 : first - 1;
        else
            first = reached is { } highest ? (highest + 1) * IndexKey.BucketSize : last + 1;
        return stretches;
    }

    private static long Least(AuditRange range) => range.IsOpen ? -1 : Math.Max(0, range.Min ?? 0);

    // Buckets that follow each other are read in one go, so that no block is read twice.
    private void Append(List<(long From, long To)> stretches, long from, long to)
    {
        if (stretches.Count > 0 && _filter.Descending && stretches[^1].From == to + 1)
            stretches[^1] = (from, stretches[^1].To);
        else if (stretches.Count > 0 && !_filter.Descending && stretches[^1].To == from - 1)
            stretches[^1] = (stretches[^1].From, to);
        else
            stretches.Add((from, to));
    }

    // `reached`: the last bucket looked at when the group is full; null when all were looked at.
    private List<long> Read(SqliteConnection connection, long low, long high, out long? reached)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql;
        foreach (var (name, value) in _values)
            command.Parameters.AddWithValue(name, value);
        command.Parameters.AddWithValue("$low", low);
        command.Parameters.AddWithValue("$high", high);
        var found = new List<long>();
        var count = 0;
        reached = null;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            count++;
            reached = reader.GetInt64(0);
            if (reader.IsDBNull(2)
                || reader.GetFieldValue<byte[]>(2) is not { Length: Signature.Size } signature
                || _match.MayTake(reader.GetInt64(0), new Signature(signature), reader.GetBoolean(1)))
            {
                found.Add(reader.GetInt64(0));
            }
        }

        if (count < GroupCount)
            reached = null;
        return found;
    }

    private string ListedInScope(SqliteConnection connection, AuditScope scope)
    {
        var databases = Databases(connection).Where(name => scope.Covers(name)).Select(name => Name(name)).ToList();
        var own = Listed(IndexKind.User, scope.User);
        return databases.Count == 0 ? own : $"{own} OR (b.kind = {(int)IndexKind.Database} AND b.value IN ({string.Join(", ", databases)}))";
    }

    // One step of the index per name, however many buckets list it.
    private static List<string> Databases(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            WITH RECURSIVE names(value) AS (
                SELECT min(value) FROM audit_index WHERE kind = {(int)IndexKind.Database}
                UNION ALL
                SELECT (SELECT min(value) FROM audit_index WHERE kind = {(int)IndexKind.Database} AND value > names.value) FROM names WHERE value IS NOT NULL)
            SELECT value FROM names WHERE value IS NOT NULL
            """;
        var names = new List<string>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }

    private string Listed(IndexKind kind, object value) => $"b.kind = {(int)kind} AND b.value = {Name(value)}";

    private string Name(object value)
    {
        var name = $"$key{_values.Count}";
        Add(name, value);
        return name;
    }

    private void Add(string name, object value) => _values.Add((name, value));
}
