using System.Collections.Immutable;

namespace JitProxy.Server.Admin.Contract;

/// <summary>What a statement is on one database, and what would happen to it.</summary>
internal sealed record Explanation
{
    /// <summary>`server/database`.</summary>
    public required string Database { get; init; }

    /// <summary>Whose grants and exemptions count.</summary>
    public required string User { get; init; }

    /// <summary>The statement in normal form; null when it cannot be read.</summary>
    public string? NormalForm { get; init; }

    /// <summary>`select`, `insert` and so on; null when it cannot be read.</summary>
    public string? Kind { get; init; }

    /// <summary>Why it is not a read that can be granted; null if it is one.</summary>
    public string? Objection { get; init; }

    /// <summary>What could not be resolved; null if everything was.</summary>
    public string? Unresolved { get; init; }

    /// <summary>Relations read or written, as `schema.table`.</summary>
    public ImmutableArray<string> Tables { get; init; } = [];

    /// <summary>The result's columns in order.</summary>
    public ImmutableArray<ExplainedColumn> Columns { get; init; } = [];

    /// <summary>`granted`, `housekeeping` or `refused`.</summary>
    public required string Decision { get; init; }

    /// <summary>The grant that would be used; null when none holds it.</summary>
    public long? Grant { get; init; }

    /// <summary>Why it would be refused, with the first difference from the nearest grant.</summary>
    public string? Reason { get; init; }

    /// <summary>Who would sign a request for it, in order; null when it would be refused, or is granted already.</summary>
    public ImmutableArray<string>? Steps { get; init; }

    /// <summary>Why no request would be taken; null when one would.</summary>
    public string? RequestObjection { get; init; }

    /// <summary>For example: filters by a masked column.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name; null when only the server knows.</param>
/// <param name="Sources">The columns that it is made of, as `schema.table.column`; empty with a mask means that they are unknown.</param>
/// <param name="Mask">The algorithm that hides it; null when it comes in clear.</param>
internal sealed record ExplainedColumn(string? Name, ImmutableArray<string> Sources, string? Mask);
