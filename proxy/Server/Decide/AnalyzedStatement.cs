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
    public bool IsShareable { get; } = !isOneOfMany && Shareable.IsShareable(analysis);

    /// <summary>How its runs behaved so far.</summary>
    public Pace Pace { get; } = new();

    /// <summary>Why its user may not choose rows as it does; null if the masking policy allows it.</summary>
    public PredicateDenial? Denial => predicates.Denial;

    /// <summary>True while all that was found out holds: the same catalogue, the same policy, and no exemption ended that it relies on.</summary>
    public bool IsCurrent(Catalogue? catalogueNow, MaskingPolicy policyNow, DateTimeOffset now) =>
        ReferenceEquals(Catalogue, catalogueNow) && ReferenceEquals(Policy, policyNow) && !(now >= predicates.ValidUntil);

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

    private sealed record PlannedShape(byte[] Shape, string User, bool Unmask, MaskPlan Plan);
}
