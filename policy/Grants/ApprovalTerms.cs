namespace JitProxy.Policy.Grants;

/// <summary>What an approver adds to a signature. An approver may narrow a request, never widen it.</summary>
/// <param name="Comment">For the requester and the record.</param>
/// <param name="Duration">A shorter duration; null leaves it.</param>
/// <param name="DropUnmask">Masked columns stay masked.</param>
/// <param name="DropExport">No bulk extraction.</param>
/// <param name="ExecutionsMax">Fewer executions; null leaves the number.</param>
public sealed record ApprovalTerms(
    string? Comment = null,
    TimeSpan? Duration = null,
    bool DropUnmask = false,
    bool DropExport = false,
    int? ExecutionsMax = null)
{
    /// <summary>As requested, without a comment.</summary>
    public static ApprovalTerms AsRequested { get; } = new();
}
