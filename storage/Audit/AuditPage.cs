using System.Collections.Immutable;

namespace JitProxy.Storage.Audit;

/// <summary>Some of the records that a filter wants, in order.</summary>
/// <param name="Records">The records.</param>
/// <param name="Reached">
/// Where to go on, as <see cref="AuditFilter.BeforeSeq"/> when newest first, else as <see cref="AuditFilter.AfterSeq"/>; null when there is no more.
/// </param>
/// <param name="IsCutShort">True when the time ran out before the page was full: records that the filter wants may follow.</param>
public sealed record AuditPage(ImmutableArray<AuditRecord> Records, long? Reached, bool IsCutShort);
