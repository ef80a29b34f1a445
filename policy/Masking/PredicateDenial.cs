using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>Why a statement may not choose or order rows as it does.</summary>
/// <param name="Column">The masked column; null if what the statement uses is not known.</param>
/// <param name="Rule">What in the policy denies it, for people; if nothing is known of the columns, why.</param>
public sealed record PredicateDenial(SourceColumn? Column, string Rule)
{
    /// <summary>As a sentence without its end: what it uses, and what denies it.</summary>
    public override string ToString() => Column is { } column
        ? $"it filters, joins, groups or orders by masked column {column.Schema}.{column.Relation}.{column.Column}, which {Rule} denies"
        : $"what it filters, joins, groups or orders by is not known ({Rule}), and masked columns of this database are denied there";
}

/// <summary>Whether a statement may choose and order rows as it does, and until when that holds.</summary>
/// <param name="Denial">Why not; null if it may.</param>
/// <param name="ValidUntil">When an exemption that the answer uses ends, and with it the answer; null if none does.</param>
public readonly record struct PredicateVerdict(PredicateDenial? Denial, DateTimeOffset? ValidUntil);
