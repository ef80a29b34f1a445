using System.Collections.Immutable;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Admin;

/// <summary>What callers read of the trail, for the API and for the console alike: only what they may see.</summary>
internal sealed class AuditActs(AdminServices services)
{
    /// <summary>The most records of a page.</summary>
    public const int PageMax = 1000;

    /// <summary>How many there are when nobody says.</summary>
    public const int PageDefault = 100;

    // A page is answered within a tenth of a second however long the trail is: what was not looked at by then is looked at for the next one.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(60);

    /// <summary>A page of the records that the caller may see.</summary>
    public AuditPage Page(AuditFilter filter, Caller caller) => services.Audit.ReadPage(
        filter with { Scope = caller.RecordsSeen(services.Configuration()), Limit = Math.Clamp(filter.Limit ?? PageDefault, 1, PageMax) }, Patience);

    /// <summary>All records that the caller may see.</summary>
    public IEnumerable<AuditRecord> Read(AuditFilter filter, Caller caller) =>
        services.Audit.Query(filter with { Scope = caller.RecordsSeen(services.Configuration()) });

    /// <summary>Counts by hour; null when the caller may not see what they are of.</summary>
    /// <param name="scope">Of whom, of which database, or of everything.</param>
    /// <param name="from">From this hour.</param>
    /// <param name="until">Before this moment.</param>
    /// <param name="caller">Who asks: everybody about themselves, owners about their databases, holders of workspace roles about everything.</param>
    public ImmutableArray<AuditTally>? Tally(AuditTallyScope scope, DateTimeOffset from, DateTimeOffset until, Caller caller) =>
        caller.RecordsSeen(services.Configuration()) is { } seen
            && !(scope.User == seen.User || (scope is { User: null, Database: { } database } && seen.Covers(database)))
            ? null
            : services.Audit.Tally(scope, from, until);
}
