using System.Collections.Immutable;

namespace JitProxy.Policy.Sql.Syntax;

/// <summary>One option of COPY.</summary>
/// <param name="Name">Its name, in lower case.</param>
/// <param name="Value">Its value; null means on, or that it is about columns.</param>
internal sealed record CopyOption(string Name, string? Value)
{
    /// <summary>The columns that it lists; default if it lists none.</summary>
    public ImmutableArray<string> Columns { get; init; }

    /// <summary>True for <c>*</c>: every column.</summary>
    public bool IsEveryColumn { get; init; }

    /// <summary>True if it is about columns, some or all.</summary>
    public bool IsOfColumns => IsEveryColumn || !Columns.IsDefault;
}
