namespace JitProxy.Storage.Audit;

/// <summary>What a count is of: one hour, one event and outcome; of everything, or of one person or database.</summary>
/// <param name="Hour">The hour's beginning, in microseconds since 1970.</param>
/// <param name="Kind">User, database, or, for everything, event.</param>
/// <param name="Value">The person's or the database's name; empty for everything.</param>
/// <param name="Event">The event.</param>
/// <param name="Outcome">The outcome.</param>
internal readonly record struct TallyKey(long Hour, IndexKind Kind, string Value, AuditEvent Event, AuditOutcome Outcome);

/// <summary>Counts of records and sums of their numbers.</summary>
internal sealed class TallySums(long records = 0, long rows = 0, long bytes = 0, long duration = 0)
{
    public long Records { get; private set; } = records;

    public long Rows { get; private set; } = rows;

    public long Bytes { get; private set; } = bytes;

    public long Duration { get; private set; } = duration;

    /// <summary>True when nothing is counted.</summary>
    public bool IsZero => (Records, Rows, Bytes, Duration) == (0, 0, 0, 0);

    /// <summary>Adds sums to those under a key, or takes them away with a sign of -1.</summary>
    public static void Add(Dictionary<TallyKey, TallySums> tallies, TallyKey key, TallySums added, int sign)
    {
        if (!tallies.TryGetValue(key, out var sums))
            tallies.Add(key, sums = new());
        sums.Add(added, sign);
    }

    public void Add(TallySums added, int sign) => Add(added.Records, added.Rows, added.Bytes, added.Duration, sign);

    public void Add(in RecordSpans record) => Add(1, Math.Max(0, record.Rows), Math.Max(0, record.Bytes), Math.Max(0, record.Duration), 1);

    // A damaged or absurd number must not end the writer.
    private void Add(long records, long rows, long bytes, long duration, int sign)
    {
        unchecked
        {
            Records += records * sign;
            Rows += rows * sign;
            Bytes += bytes * sign;
            Duration += duration * sign;
        }
    }
}
