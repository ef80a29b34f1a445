using System.Collections.Immutable;

namespace JitProxy.Policy.Masking;

/// <summary>Why a result cannot be masked.</summary>
public enum PlanFault : byte
{
    /// <summary>It can.</summary>
    None = 0,

    /// <summary>Count, names or origins of its columns contradict the analysis: the catalogue is old. Analyse again, or refuse.</summary>
    ShapeChanged,
}

/// <summary>The masks of one result: the policy resolved against its columns. Immutable.</summary>
public sealed class MaskPlan
{
    /// <summary>Whether the plan may be used; with a fault, no row may leave.</summary>
    public PlanFault Fault { get; init; }

    /// <summary>What contradicts the analysis, as a sentence for logs; null without a fault.</summary>
    public string? FaultDetail { get; init; }

    /// <summary>One mask per column of the result, in order; null where the value passes. With a fault all make NULL.</summary>
    public required ImmutableArray<ColumnMask?> Columns { get; init; }

    /// <summary>The names of the columns that come masked, for the audit record.</summary>
    public ImmutableArray<string> MaskedColumns { get; init; } = [];

    /// <summary>True if any column comes masked.</summary>
    public bool MasksAnything => !MaskedColumns.IsEmpty;

    /// <summary>True if the statement touches a table with a masked column in any way, whoever reads it.</summary>
    public bool TouchesMasked { get; init; }

    /// <summary>True if the server's errors and notices could show the user a value that is masked from them: their texts must not pass.</summary>
    public bool RedactsMessages { get; init; }

    /// <summary>When an exemption that the plan uses ends, and with it the plan; null if none does.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    internal static MaskPlan Changed(int columnCount, string detail) => new()
    {
        Fault = PlanFault.ShapeChanged,
        FaultDetail = detail,
        Columns = [.. Enumerable.Repeat<ColumnMask?>(ColumnMask.ToNull, columnCount)],
        TouchesMasked = true,
        RedactsMessages = true,
    };
}
