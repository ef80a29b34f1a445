using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Console;

/// <summary>Who is signed in, by the hash of the secret in their cookie. In memory alone: a restart signs everybody out. Safe for several threads.</summary>
internal sealed class SessionTable(UserDirectory users, TimeProvider clock)
{
    /// <summary>The most sessions of one person; the one unused for longest makes room.</summary>
    public const int PerUserMax = 16;

    /// <summary>The most sessions of all.</summary>
    public const int SessionsMax = 10_000;

    private const int SecretSize = 32;
    private static readonly TimeSpan Absent = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ConsoleSession> _sessions = new(StringComparer.Ordinal);
    private DateTimeOffset _sweptAt;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _sessions.Count;
        }
    }

    /// <summary>Begins one, and gives the secret for the cookie: 256 random bits.</summary>
    public (ConsoleSession Session, string Secret) Begin(string user, LoginSecret secret)
    {
        var now = clock.GetUtcNow();
        var key = NewSecret();
        var session = new ConsoleSession(user, secret, NewSecret(), now);
        lock (_gate)
        {
            Sweep(now);
            var own = _sessions.Where(s => string.Equals(s.Value.User, user, StringComparison.Ordinal)).ToList();
            if (own.Count >= PerUserMax)
                _sessions.Remove(own.MinBy(static s => s.Value.UsedAt).Key);
            else if (_sessions.Count >= SessionsMax)
                _sessions.Remove(_sessions.MinBy(static s => s.Value.UsedAt).Key);

            _sessions.Add(HashOf(key), session);
        }

        return (session, key);
    }

    /// <summary>The session of a cookie; null if there is none that still holds.</summary>
    public ConsoleSession? Find(string? secret)
    {
        if (secret is not { Length: > 0 and < 256 })
            return null;

        var key = HashOf(secret);
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            if (!_sessions.TryGetValue(key, out var session))
                return null;

            if (session.IsGood(users, now))
            {
                session.Use(now);
                return session;
            }

            _sessions.Remove(key);
            return null;
        }
    }

    /// <summary>Ends a session.</summary>
    public void End(string? secret)
    {
        if (secret is null)
            return;

        lock (_gate)
            _sessions.Remove(HashOf(secret));
    }

    // Those who went away without a word are looked for once a minute.
    private void Sweep(DateTimeOffset now)
    {
        if (now - _sweptAt < Absent)
            return;

        _sweptAt = now;
        foreach (var (key, session) in _sessions.ToList())
        {
            if (!session.IsGood(users, now))
                _sessions.Remove(key);
        }
    }

    private static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretSize));

    private static string HashOf(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
