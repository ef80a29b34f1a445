using System.Collections.Immutable;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>What the approver and the requester see of a statement's masks.</summary>
/// <param name="Columns">The columns of the result; empty if they are not known.</param>
/// <param name="IsUnknown">True if the columns of the result are not known.</param>
/// <param name="Warnings">What to think about before approving, as sentences.</param>
/// <param name="TouchesMasked">True if the statement touches a table with a masked column in any way.</param>
public sealed record MaskPreview(ImmutableArray<MaskPreviewColumn> Columns, bool IsUnknown, ImmutableArray<string> Warnings, bool TouchesMasked);

/// <summary>One column of a result that is still to come.</summary>
/// <param name="Name">Its name, where known.</param>
/// <param name="Sources">The columns that its values come from.</param>
/// <param name="Algorithm">What hides it; null if it comes in clear.</param>
/// <param name="IsDerived">True if it is computed from its sources.</param>
/// <param name="IsUnknown">True if its sources are not known.</param>
public sealed record MaskPreviewColumn(string? Name, ImmutableArray<SourceColumn> Sources, MaskAlgorithm? Algorithm, bool IsDerived, bool IsUnknown);
