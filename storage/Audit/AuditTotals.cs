using System.Collections.Immutable;

namespace JitProxy.Storage.Audit;

/// <summary>What was recorded since the trail was opened. Reckoned by the thread that writes the trail: statements pay nothing for it.</summary>
/// <param name="Records">Counts by server, event and outcome.</param>
/// <param name="Durations">Executions that ended, one place for each of <see cref="DurationBounds"/> and one for longer ones.</param>
/// <param name="DurationMicroseconds">Sum of their durations.</param>
/// <param name="MaskedCells">Values that were masked: rows times masked columns.</param>
public sealed record AuditTotals(ImmutableArray<AuditTotal> Records, ImmutableArray<long> Durations, long DurationMicroseconds, long MaskedCells)
{
    /// <summary>The longest duration that counts under each place, in microseconds.</summary>
    public static ImmutableArray<long> DurationBounds { get; } =
    [
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
        1_000_000, 2_500_000, 5_000_000, 10_000_000, 30_000_000, 60_000_000, 300_000_000,
    ];
}

/// <summary>Counts of one server, event and outcome.</summary>
/// <param name="Server">The server's name; empty for records of none.</param>
/// <param name="Event">The event.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Records">Number of records.</param>
/// <param name="Rows">Sum of their rows.</param>
/// <param name="Bytes">Sum of their bytes.</param>
public readonly record struct AuditTotal(string Server, AuditEvent Event, AuditOutcome Outcome, long Records, long Rows, long Bytes);
