using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>`masking.semantic_types.NAME`: an algorithm and its parameters, as written.</summary>
internal sealed record AlgorithmConfiguration
{
    /// <summary>`full`, `range`, `hash`, `md5`, `inner_outer`, `null`, `date_trunc` or `round`.</summary>
    public required string Algorithm { get; init; }

    /// <summary>full, inner_outer: what stands for the hidden part.</summary>
    public string? Substitution { get; init; }

    /// <summary>inner_outer: characters at the start.</summary>
    public int Prefix { get; init; }

    /// <summary>inner_outer: characters at the end.</summary>
    public int Suffix { get; init; }

    /// <summary>inner_outer: true hides the ends and shows the middle.</summary>
    public bool IsOuter { get; init; }

    /// <summary>hash, md5: the key or salt; null takes the store's own.</summary>
    public string? Salt { get; init; }

    /// <summary>range: what to replace, in order.</summary>
    public ImmutableArray<AlgorithmSlice> Slices { get; init; } = [];

    /// <summary>date_trunc: `year`, `quarter`, `month`, `week`, `day` or `hour`.</summary>
    public string? Unit { get; init; }

    /// <summary>round: digits after the point that stay; negative rounds to tens, hundreds.</summary>
    public int Digits { get; init; }
}

/// <summary>Characters <paramref name="Start"/> (inclusive) to <paramref name="End"/> (exclusive; negative counts from the end).</summary>
internal readonly record struct AlgorithmSlice(int Start, int End, string Substitution);
