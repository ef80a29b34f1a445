using System.Collections.Immutable;
using JitProxy.Policy.Approval;

namespace JitProxy.Server.Configuration;

/// <summary>`masking`, as written; names are checked.</summary>
internal sealed record MaskingConfiguration
{
    /// <summary>Algorithms by the name of the semantic type.</summary>
    public required ImmutableSortedDictionary<string, AlgorithmConfiguration> SemanticTypes { get; init; }

    /// <summary>Columns that are always masked, with their semantic type.</summary>
    public required ImmutableArray<MaskedColumnConfiguration> Columns { get; init; }

    /// <summary>Ordered; the first match gives the type and wins over <see cref="Columns"/>.</summary>
    public required ImmutableArray<MaskRuleConfiguration> Rules { get; init; }

    /// <summary>Who sees what in clear.</summary>
    public required ImmutableArray<MaskExemptionConfiguration> Exemptions { get; init; }
}

/// <summary>One masked column. <paramref name="Schema"/> is empty on MySQL, where the database is the schema.</summary>
internal sealed record MaskedColumnConfiguration(string Server, string Database, string Schema, string Table, string Column, string SemanticType);

/// <summary>Gives <paramref name="SemanticType"/> to every column that the condition matches.</summary>
internal sealed record MaskRuleConfiguration(Condition Condition, string SemanticType);

/// <summary>Lets members see matching columns in clear, until <paramref name="Until"/> (exclusive; null: without end).</summary>
internal sealed record MaskExemptionConfiguration(ImmutableArray<string> Members, Condition Condition, DateTimeOffset? Until);
