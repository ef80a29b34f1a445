using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Admin;

/// <summary>Audit records as the API shows them.</summary>
internal static class AuditViews
{
    /// <summary>Counts of hours, or of days, in the order of time.</summary>
    public static CountView[] Of(IEnumerable<AuditTally> tallies, bool isDaily) =>
    [
        .. tallies
            .GroupBy(tally => (At: isDaily ? new DateTimeOffset(tally.Hour.UtcDateTime.Date, TimeSpan.Zero) : tally.Hour, tally.Event, tally.Outcome))
            .Select(static group => new CountView(
                group.Key.At,
                AuditNames.Of(group.Key.Event),
                AuditNames.Of(group.Key.Outcome),
                group.Sum(static tally => tally.Records),
                group.Sum(static tally => tally.Rows),
                group.Sum(static tally => tally.Bytes),
                group.Sum(static tally => tally.DurationMicroseconds)))
            .OrderBy(static count => count.At).ThenBy(static count => count.Event, StringComparer.Ordinal),
    ];

    /// <summary>The fields of the contract.</summary>
    public static AuditView Of(AuditRecord record) => new()
    {
        Seq = record.Seq,
        At = record.At,
        Event = AuditNames.Of(record.Event),
        User = record.User,
        Client = record.Client,
        Server = record.Server,
        Database = record.Database,
        Grant = record.Grant,
        Statement = record.Statement,
        Digest = record.Digest,
        Redacted = record.IsStatementRedacted ? true : null,
        Parameters = record.Parameters.IsDefault ? null : record.Parameters,
        Rows = record.Rows,
        Bytes = record.Bytes,
        Masked = record.Masked.IsDefault ? null : record.Masked,
        Outcome = AuditNames.Of(record.Outcome),
        Error = record.Error,
        DurationUs = record.DurationMicroseconds,
        Hash = record.Hash,
        Execution = record.Execution,
        Actor = record.Actor,
        Detail = record.Detail,
    };
}
