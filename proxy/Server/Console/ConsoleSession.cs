using System.Collections.Immutable;
using System.Security.Cryptography;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Console;

/// <summary>Somebody who is signed in to the console.</summary>
/// <param name="User">Who.</param>
/// <param name="Secret">What they signed in with; the session lasts no longer than it is good.</param>
/// <param name="Csrf">What every form of the session carries, so that no other site can send one.</param>
/// <param name="BegunAt">When, UTC.</param>
internal sealed record ConsoleSession(string User, LoginSecret Secret, string Csrf, DateTimeOffset BegunAt)
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(12);

    private long _usedTicks = BegunAt.UtcTicks;
    private Notice? _notice;

    /// <summary>When it was last used, UTC.</summary>
    public DateTimeOffset UsedAt => new(Interlocked.Read(ref _usedTicks), TimeSpan.Zero);

    /// <summary>Notes that it is used.</summary>
    public void Use(DateTimeOffset now) => Interlocked.Exchange(ref _usedTicks, now.UtcTicks);

    /// <summary>
    /// Whether it still holds: used within the hour, begun within twelve, and its secret still one of the user's. So it ends when the user is removed, the
    /// password changes, or the token is revoked or expires.
    /// </summary>
    public bool IsGood(UserDirectory users, DateTimeOffset now) =>
        now - UsedAt < Idle
        && now - BegunAt < Longest
        && users.Contains(User)
        && users.FindOrMock(User).SecretsAt(now).Any(s =>
            s.TokenId == Secret.TokenId
            && CryptographicOperations.FixedTimeEquals(s.Verifiers.StoredKey.Span, Secret.Verifiers.StoredKey.Span));

    /// <summary>Leaves word for the next page.</summary>
    public void Leave(Notice notice) => Interlocked.Exchange(ref _notice, notice);

    /// <summary>The word that was left, once.</summary>
    public Notice? TakeNotice() => Interlocked.Exchange(ref _notice, null);
}

/// <summary>What became of an act, for the page that follows.</summary>
/// <param name="IsFault">Whether it was not done.</param>
/// <param name="Text">In a sentence.</param>
/// <param name="Details">More sentences.</param>
internal sealed record Notice(bool IsFault, string Text, ImmutableArray<string> Details)
{
    /// <summary>The record of the refusal that it tells of, which can be asked for; null if it tells of something else.</summary>
    public long? Denied { get; init; }
}
