using System.Collections.Immutable;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>A request with the flow that the policy should give it: one line of a policy's own tests.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Wish">The request.</param>
/// <param name="Tables">What its statement reads, as <c>table</c> or <c>schema.table</c>; null stands for a statement that cannot be analysed.</param>
/// <param name="Columns">Columns that it shows or decides by, as <c>table.column</c>; null if they are not known.</param>
/// <param name="Kind">The sort of statement.</param>
/// <param name="At">When it is asked; null for now.</param>
/// <param name="Steps">Who should sign; null if it should be refused.</param>
/// <param name="Because">What the refusal should say; null for anything.</param>
internal sealed record PolicyCase(
    string Name,
    GrantWish Wish,
    ImmutableArray<string>? Tables,
    ImmutableArray<string>? Columns,
    Policy.Sql.StatementKind Kind,
    DateTimeOffset? At,
    ImmutableArray<ApprovalStep>? Steps,
    string? Because);

/// <summary>What came of one case.</summary>
/// <param name="Name">The case.</param>
/// <param name="Passed">Whether the policy says what the case says.</param>
/// <param name="Expected">The flow that should be.</param>
/// <param name="Actual">The flow that is.</param>
internal sealed record PolicyCaseResult(string Name, bool Passed, string Expected, string Actual);
