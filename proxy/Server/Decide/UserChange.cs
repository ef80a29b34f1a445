namespace JitProxy.Server.Decide;

/// <summary>What happened to a user.</summary>
internal enum UserChangeKind : byte
{
    /// <summary>Somebody may sign in who could not.</summary>
    Added,

    /// <summary>Somebody may no longer sign in.</summary>
    Removed,

    /// <summary>Somebody has another password.</summary>
    PasswordChanged,

    /// <summary>Somebody has one more token.</summary>
    TokenCreated,

    /// <summary>A token was taken back.</summary>
    TokenRevoked,
}

/// <summary>One change of one user.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="User">To whom.</param>
/// <param name="By">Who did it.</param>
/// <param name="Detail">What the record adds: how long a token lives, or its number.</param>
internal sealed record UserChange(UserChangeKind Kind, string User, Actor By, string? Detail = null);

/// <summary>Writes a change into the audit trail before it takes effect. Null when it is written; otherwise why it is not.</summary>
internal delegate string? UserRecorder(UserChange change);
