using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace JitProxy.Server.Admin.Contract;

/// <summary>Some of the grants.</summary>
/// <param name="Items">The grants, in order.</param>
/// <param name="Cursor">For the parameter `cursor`: where the next page begins; null when there is none.</param>
/// <param name="Next">The next page's address; null when there is none.</param>
internal sealed record GrantsPage(ImmutableArray<GrantView> Items, string? Cursor, string? Next);

/// <summary>Some of the records.</summary>
/// <param name="Items">The records, in order.</param>
/// <param name="Cursor">For the parameter `cursor`: where the next page begins; null when there is none.</param>
/// <param name="Next">The next page's address; null when there is none.</param>
/// <param name="CutShort">True when time ran out before the page was full, so that an empty page is not the end.</param>
internal sealed record RecordsPage(ImmutableArray<AuditView> Items, string? Cursor, string? Next, bool CutShort);

/// <summary>Counts of an hour or a day, for plots.</summary>
/// <param name="At">Its beginning.</param>
/// <param name="Event">The event counted.</param>
/// <param name="Outcome">The outcome; null for events without one.</param>
/// <param name="Records">Number of records.</param>
/// <param name="Rows">Sum of their rows.</param>
/// <param name="Bytes">Sum of their bytes.</param>
/// <param name="DurationUs">Sum of their durations.</param>
internal sealed record CountView(DateTimeOffset At, string Event, string? Outcome, long Records, long Rows, long Bytes, long DurationUs);

/// <summary>Whether the proxy can serve.</summary>
/// <param name="Ready">True when it can.</param>
/// <param name="Checks">What was looked at.</param>
internal sealed record ReadyView(bool Ready, ImmutableArray<ReadyCheck> Checks);

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Ok">Whether it is as it should be.</param>
/// <param name="Reason">Why not; left out if it is.</param>
internal sealed record ReadyCheck(string Name, bool Ok, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null);
