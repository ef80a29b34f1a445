using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>What happened to a grant.</summary>
internal enum GrantChangeKind : byte
{
    /// <summary>Somebody asked for it; without steps to sign it is active at once.</summary>
    Requested,

    /// <summary>Its user asked for a successor; <see cref="GrantRequest.Extends"/> names the old one.</summary>
    Extended,

    /// <summary>A step was signed; the last signature makes it active.</summary>
    Approved,

    /// <summary>It was turned down.</summary>
    Rejected,

    /// <summary>It was turned down so that its user asks again with changes.</summary>
    SentBack,

    /// <summary>It was withdrawn.</summary>
    Canceled,

    /// <summary>An owner looked at what was done under it in an emergency.</summary>
    Reviewed,

    /// <summary>It was taken back: what runs under it must stop.</summary>
    Revoked,
}

/// <summary>One change of one grant.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Grant">The grant after it.</param>
/// <param name="By">Who did it.</param>
/// <param name="Comment">What they said.</param>
internal sealed record GrantChange(GrantChangeKind Kind, Grant Grant, Actor By, string? Comment);
