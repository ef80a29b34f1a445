namespace JitProxy.Storage.Audit;

/// <summary>Counts of one hour, for plots. They are no evidence: nothing verifies them.</summary>
/// <param name="Hour">The hour's beginning.</param>
/// <param name="Event">The event counted.</param>
/// <param name="Outcome">The outcome counted.</param>
/// <param name="Records">Number of records.</param>
/// <param name="Rows">Sum of their rows.</param>
/// <param name="Bytes">Sum of their bytes.</param>
/// <param name="DurationMicroseconds">Sum of their durations.</param>
public sealed record AuditTally(
    DateTimeOffset Hour, AuditEvent Event, AuditOutcome Outcome, long Records, long Rows, long Bytes, long DurationMicroseconds)
{
    private const long Microseconds = 3_600_000_000;

    internal static long HourOf(DateTimeOffset time) =>
        (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond / Microseconds * Microseconds;

    internal static long HourAfter(DateTimeOffset time) =>
        (time.UtcTicks - DateTime.UnixEpoch.Ticks) % TimeSpan.TicksPerHour == 0 ? HourOf(time) : HourOf(time) + Microseconds;

    internal static AuditTally Of(TallyKey key, TallySums sums) =>
        new(FieldReader.TimeOf(key.Hour), key.Event, key.Outcome, sums.Records, sums.Rows, sums.Bytes, sums.Duration);
}

/// <summary>What is counted: everything, or the records of a person or a database.</summary>
/// <param name="User">The person.</param>
/// <param name="Database">The database, as <c>server/database</c>.</param>
public sealed record AuditTallyScope(string? User = null, string? Database = null);
