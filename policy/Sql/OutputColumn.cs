using System.Collections.Immutable;

namespace JitProxy.Policy.Sql;

/// <summary>One column of a statement's result and what its values come from.</summary>
public sealed record OutputColumn
{
    /// <summary>The name that the server will give it, where known; otherwise null.</summary>
    public string? Name { get; init; }

    /// <summary>True if a <c>*</c> stands for it, so that its place and name depend on the catalogue; otherwise they depend on the text alone.</summary>
    public bool IsFromStar { get; init; }

    /// <summary>Every column that a value of this one may depend on.</summary>
    public ImmutableArray<SourceColumn> Sources { get; init; } = [];

    /// <summary>False if the values are those of one source column unchanged; true for any expression over it.</summary>
    public bool IsDerived { get; init; }

    /// <summary>True if the sources could not be found out: the value may come from any column of <see cref="StatementAnalysis.Relations"/>.</summary>
    public bool IsUnknown { get; init; }
}
