using System.Collections.Immutable;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Share;

namespace JitProxy.Server.Decide;

/// <summary>An approved statement as the catalogue of one time explains it, with the last mask plan that was made for it.</summary>
/// <remarks>Shared by all sessions; the plan is kept with the shape that it was made for and is taken again only for exactly that shape.</remarks>
internal sealed class AnalyzedStatement(
    StatementAnalysis analysis, Catalogue catalogue, MaskingPolicy policy, bool touchesMasked, PredicateVerdict predicates, bool isOneOfMany = false)
{
    private volatile PlannedShape? _last;

    /// <summary>What the statement is, reads and returns.</summary>
    public StatementAnalysis Analysis { get; } = analysis;

    /// <summary>The catalogue that the analysis was made with.</summary>
    public Catalogue Catalogue { get; } = catalogue;

    /// <summary>The masking policy that plans are made by.</summary>
    public MaskingPolicy Policy { get; } = policy;

    /// <summary>True if a masked column is anywhere in what the statement reads: the server's error texts are then not passed on.</summary>
    public bool TouchesMasked { get; } = touchesMasked;

    /// <summary>True if it answers the same on any connection with the same settings, and is one of few: shared connections keep it prepared.</summary>
    /// <remarks>Results over views of MySQL and MariaDB are held until these are known, which a shared connection does not wait for.</remarks>
    public bool IsShareable { get; } = !isOneOfMany && Shareable.IsShareable(analysis)
        && (catalogue.Dialect == SqlDialect.PostgreSql || FindViews(analysis, catalogue).IsEmpty);

    /// <summary>The views that it reads, with the definitions that were followed; one whose definition is not known comes masked in full anyway.</summary>
    public ImmutableArray<CatalogueRelation> Views { get; } = FindViews(analysis, catalogue);

    /// <summary>Which masked value it would put where it can be read in clear, as a clause; null if none.</summary>
    public string? StoredMask { get; init; }

    /// <summary>How its runs behaved so far.</summary>
    public Pace Pace { get; } = new();

    /// <summary>Why its user may not choose rows as it does; null if the masking policy allows it.</summary>
    public PredicateDenial? Denial => predicates.Denial;

    /// <summary>True while all that was found out holds: the same catalogue, the same policy, and no exemption ended that it relies on.</summary>
    public bool IsCurrent(Catalogue? catalogueNow, MaskingPolicy policyNow, DateTimeOffset now) =>
        ReferenceEquals(Catalogue, catalogueNow) && ReferenceEquals(Policy, policyNow) && !(now >= predicates.ValidUntil);

    /// <summary>True if rows that were read under another analysis of the same statement come from what this one says they come from.</summary>
    public bool ReadsAs(AnalyzedStatement earlier) => Analysis.Relations.SequenceEqual(earlier.Analysis.Relations)
        && Analysis.Relations.All(r => IsSame(Catalogue.FindRelation(r.Schema, r.Name), earlier.Catalogue.FindRelation(r.Schema, r.Name)));

    /// <summary>The plan for rows of this RowDescription, made now or taken from the last time.</summary>
    /// <param name="shape">Body of the RowDescription.</param>
    /// <param name="columns">The same, read.</param>
    /// <param name="subject">For whom.</param>
    public MaskPlan PlanFor(ReadOnlySpan<byte> shape, ReadOnlySpan<ResultColumn> columns, in MaskSubject subject)
    {
        var plan = MaskPlanner.Plan(Analysis, columns, Catalogue, Policy, subject);
        _last = new(shape.ToArray(), subject.User, subject.Unmask, plan);
        return plan;
    }

    /// <summary>The plan made last, if it was for exactly this shape and person and no exemption in it has ended.</summary>
    public bool TryGetPlan(ReadOnlySpan<byte> shape, string user, bool unmask, DateTimeOffset now, out MaskPlan? plan)
    {
        var last = _last;
        plan = last?.Plan;
        return last is not null && last.Unmask == unmask && !(now >= last.Plan.ValidUntil) && last.User == user && shape.SequenceEqual(last.Shape);
    }

    private static ImmutableArray<CatalogueRelation> FindViews(StatementAnalysis analysis, Catalogue catalogue) =>
    [
        .. analysis.Relations.Select(r => catalogue.FindRelation(r.Schema, r.Name)).OfType<CatalogueRelation>()
            .Where(static r => r is { Kind: RelationKind.View, Definition: not null }).Distinct(),
    ];

    private static bool IsSame(CatalogueRelation? now, CatalogueRelation? then) =>
        now is not null && then is not null && now.Kind == then.Kind && now.Definition == then.Definition && now.Columns.SequenceEqual(then.Columns);

    private sealed record PlannedShape(byte[] Shape, string User, bool Unmask, MaskPlan Plan);
}
