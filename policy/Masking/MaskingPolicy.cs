using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>Which columns are masked, how, and who sees them all the same. Immutable; a newer one replaces it whole.</summary>
public sealed class MaskingPolicy
{
    private readonly ConditionalWeakTable<Catalogue, ConcurrentDictionary<Place, ColumnMaskLookup>> _lookups = [];

    /// <summary>Masks nothing.</summary>
    public static MaskingPolicy Empty { get; } = new();

    /// <summary>Algorithms by the name of the semantic type.</summary>
    public ImmutableDictionary<string, MaskAlgorithm> SemanticTypes { get; init; } = ImmutableDictionary<string, MaskAlgorithm>.Empty;

    /// <summary>Semantic types of columns named one by one.</summary>
    public ImmutableDictionary<MaskedColumn, string> Columns { get; init; } = ImmutableDictionary<MaskedColumn, string>.Empty;

    /// <summary>The rules in order: the first that matches gives a column its type, and wins over <see cref="Columns"/>.</summary>
    public ImmutableArray<MaskRule> Rules { get; init; } = [];

    /// <summary>Who sees which masked columns in clear.</summary>
    public ImmutableArray<MaskExemption> Exemptions { get; init; } = [];

    /// <summary>What becomes of statements that choose rows by a masked column, unless the column's rule says something else.</summary>
    public PredicateUse InPredicates { get; init; }

    /// <summary>The keys of the hashing algorithms.</summary>
    public MaskSecrets Secrets { get; init; } = MaskSecrets.None;

    /// <summary>True if no column can be masked.</summary>
    public bool IsEmpty => Columns.IsEmpty && Rules.IsEmpty;

    /// <summary>True if any masked column may be denied in predicates.</summary>
    public bool DeniesPredicates => (InPredicates == PredicateUse.Deny && !IsEmpty) || Rules.Any(static r => r.InPredicates == PredicateUse.Deny);

    /// <summary>The algorithm of a semantic type; a type that nobody defined is masked in full.</summary>
    public MaskAlgorithm FindAlgorithm(string semanticType) => SemanticTypes.GetValueOrDefault(semanticType) ?? MaskAlgorithm.Full;

    /// <summary>The same policy with these keys.</summary>
    public MaskingPolicy WithSecrets(MaskSecrets secrets) => new()
    {
        SemanticTypes = SemanticTypes,
        Columns = Columns,
        Rules = Rules,
        Exemptions = Exemptions,
        InPredicates = InPredicates,
        Secrets = secrets,
    };

    /// <summary>The policy's answers for one database, kept for as long as the catalogue lives.</summary>
    public ColumnMaskLookup LookupFor(Catalogue catalogue, in MaskSubject subject)
    {
        var places = _lookups.GetValue(catalogue, static _ => new());
        var place = new Place(subject.Server, subject.Database, subject.Environment, subject.Project, subject.Engine);
        return places.GetOrAdd(place, static (key, state) => new(state.Policy, state.Catalogue, key), (Policy: this, Catalogue: catalogue));
    }

    /// <summary>Where a database lies.</summary>
    internal readonly record struct Place(string Server, string Database, string Environment, string Project, SqlDialect? Engine);
}
