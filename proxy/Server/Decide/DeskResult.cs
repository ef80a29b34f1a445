using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>What came of asking the desk: the grant as it is now, or a refusal that says what to do next.</summary>
internal readonly struct DeskResult
{
    private readonly Grant? _grant;
    private readonly string? _refusal;
    private readonly ImmutableArray<string> _notes;

    private DeskResult(Grant? grant, string? refusal, ImmutableArray<string> notes) => (_grant, _refusal, _notes) = (grant, refusal, notes);

    /// <summary>What the requester and the approvers should know, as sentences.</summary>
    public ImmutableArray<string> Notes => _notes.IsDefault ? [] : _notes;

    /// <summary>It is done.</summary>
    public static DeskResult Done(Grant grant, ImmutableArray<string> notes = default) => new(grant, null, notes);

    /// <summary>It is not done; nothing has changed.</summary>
    public static DeskResult Refuse(string refusal) => new(null, refusal, default);

    /// <summary>The grant; or false and why not.</summary>
    public bool TryGetGrant([NotNullWhen(true)] out Grant? grant, [NotNullWhen(false)] out string? refusal)
    {
        grant = _grant;
        refusal = grant is null ? _refusal ?? "Nothing was decided." : null;
        return grant is not null;
    }
}
