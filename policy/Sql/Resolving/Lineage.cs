using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>What a value comes from. Immutable.</summary>
/// <param name="Sources">Every column that it may depend on.</param>
/// <param name="IsDirect">True if it is the unchanged value of one of those columns.</param>
/// <param name="IsUnknown">True if it may come from anything.</param>
internal sealed record Lineage(ImmutableHashSet<SourceColumn> Sources, bool IsDirect, bool IsUnknown)
{
    // What a value of the catalogue is taken to be long, in characters; and a parameter, in such values.
    private const double LengthOfColumn = 64;
    private const double GrowthOfParameter = 100;

    /// <summary>How large the value may become, in values of the catalogue: everything that goes into it, each time that it does.</summary>
    public double Growth { get; private init; }

    /// <summary>Comes from nothing: a constant.</summary>
    public static Lineage None { get; } = new([], false, false);

    /// <summary>May come from anything.</summary>
    public static Lineage Unknown { get; } = new([], false, true);

    /// <summary>A column as it is.</summary>
    public static Lineage Of(SourceColumn column) => new([column], true, false) { Growth = 1 };

    /// <summary>A constant of this length.</summary>
    public static Lineage OfConstant(int length) => None with { Growth = Math.Max(1, length) / LengthOfColumn };

    /// <summary>A parameter.</summary>
    public static Lineage Parameter { get; } = None with { Growth = GrowthOfParameter };

    /// <summary>What a function adds of its own.</summary>
    public static Lineage Result { get; } = None with { Growth = 1 };

    /// <summary>The same sources, the value changed.</summary>
    public Lineage Derived => IsDirect ? this with { IsDirect = false } : this;

    /// <summary>The same sources of what only chooses: nothing of them is in the value.</summary>
    public Lineage Choosing => IsDirect || Growth > 0 ? this with { IsDirect = false, Growth = 0 } : this;

    /// <summary>A value computed from both.</summary>
    public Lineage With(Lineage other) => Merge(other, false, Growth + other.Growth);

    /// <summary>A value that is one or the other, as it is.</summary>
    public Lineage Or(Lineage other) => Merge(other, IsDirect && other.IsDirect, Math.Max(Growth, other.Growth));

    /// <summary>The same sources, so many values of them together.</summary>
    public Lineage Times(double count) => this with { Growth = (Growth + 1) * count };

    /// <summary>True if the other adds nothing.</summary>
    public bool Covers(Lineage other) => (IsUnknown || !other.IsUnknown) && (!IsDirect || other.IsDirect) && other.Sources.IsSubsetOf(Sources);

    private Lineage Merge(Lineage other, bool isDirect, double growth)
    {
        var isUnknown = IsUnknown || other.IsUnknown;
        var isSame = IsDirect == isDirect && IsUnknown == isUnknown && Growth.Equals(growth);
        if (other.Sources.IsEmpty || ReferenceEquals(Sources, other.Sources))
            return isSame ? this : new(Sources, isDirect, isUnknown) { Growth = growth };
        return new(Sources.IsEmpty ? other.Sources : Sources.Union(other.Sources), isDirect, isUnknown) { Growth = growth };
    }
}
