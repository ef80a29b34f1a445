using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JitProxy.Server.Configuration;
using JitProxy.Storage;
using JitProxy.Storage.Users;

namespace JitProxy.Server.Decide;

/// <summary>The one place that changes users and tokens, and the snapshot of them that logins read.</summary>
/// <remarks>Look-ups never touch the store. Changes block on it and on key derivation, and are not for I/O threads.</remarks>
internal sealed class UserDirectory
{
    private const int NameSizeMax = 63;
    private const int TokensMax = 32;
    private static readonly TimeSpan TokenLifeMax = TimeSpan.FromDays(366);

    private readonly Lock _gate = new();
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly UserRecorder _record;
    private volatile Snapshot _snapshot;

    /// <summary>A directory of the users of this store.</summary>
    public UserDirectory(Store store, UserRecorder record, TimeProvider clock)
    {
        (_store, _record, _clock) = (store, record, clock);
        _snapshot = Read();
    }

    /// <summary>Raised after somebody was removed, got another password or lost a token: their sessions may have to end.</summary>
    public event Action<string>? Changed;

    /// <summary>Everybody, by name.</summary>
    public ImmutableArray<UserAccount> Users => _snapshot.Accounts;

    /// <summary>Whether somebody of this name may sign in.</summary>
    public bool Contains(string name) => _snapshot.ByName.ContainsKey(name);

    /// <summary>The person of this name; or a stand-in without secrets that looks the same from outside and lets nobody in.</summary>
    public DirectoryUser FindOrMock(string name)
    {
        // Made for everybody, so that it takes as long for those who exist.
        var mock = Mock(name);
        return _snapshot.ByName.GetValueOrDefault(name, mock);
    }

    /// <summary>Whose token this is; null if it is nobody's, or no longer.</summary>
    public AccessToken? FindToken(string secret)
    {
        var key = Convert.ToHexString(AccessToken.Hash(secret));
        return _snapshot.ByToken.TryGetValue(key, out var token) && token.IsValidAt(_clock.GetUtcNow()) ? token : null;
    }

    /// <summary>Whether a token that was valid still is.</summary>
    public bool IsValid(AccessToken token) =>
        _snapshot.ByToken.TryGetValue(Convert.ToHexString(token.SecretHash.Span), out var found) && found.IsValidAt(_clock.GetUtcNow());

    /// <summary>Somebody's tokens that can be used now, by number.</summary>
    public ImmutableArray<AccessToken> TokensOf(string name) =>
        [.. _snapshot.ByToken.Values.Where(t => t.User == name && t.IsValidAt(_clock.GetUtcNow())).OrderBy(static t => t.Id)];

    /// <summary>Adds somebody. Null when done; otherwise why not.</summary>
    public string? Add(string name, string? password, Actor actor)
    {
        if (FindBadName(name) is { } fault)
            return fault;

        var salt = RandomNumberGenerator.GetBytes(PasswordVerifiers.SaltSize);
        PasswordVerifiers? verifiers = null;
        if (password is not null && !PasswordVerifiers.TryDerive(password, salt, PasswordVerifiers.IterationsDefault, out verifiers, out fault))
            return fault;

        lock (_gate)
        {
            if (_snapshot.ByName.ContainsKey(name))
                return Taken(name);
            if (_record(new(UserChangeKind.Added, name, actor)) is { } unrecorded)
                return Unrecorded(unrecorded);
            if (!_store.Users.TryAdd(new(name, salt, PasswordVerifiers.IterationsDefault, verifiers, _clock.GetUtcNow())))
                return Taken(name);

            _snapshot = Read();
        }

        return null;
    }

    /// <summary>Sets another password. Null when done; otherwise why not.</summary>
    public string? SetPassword(string name, string password, Actor actor)
    {
        lock (_gate)
        {
            if (!_snapshot.ByName.TryGetValue(name, out var user))
                return Unknown(name);
            if (!PasswordVerifiers.TryDerive(password, user.Salt.Span, user.Iterations, out var verifiers, out var fault))
                return fault;
            if (_record(new(UserChangeKind.PasswordChanged, name, actor)) is { } unrecorded)
                return Unrecorded(unrecorded);
            if (!_store.Users.TrySetPassword(name, verifiers))
                return Unknown(name);

            _snapshot = Read();
        }

        Changed?.Invoke(name);
        return null;
    }

    /// <summary>Removes somebody with all tokens. Null when done; otherwise why not. Their grants are the desk's to end.</summary>
    public string? Remove(string name, Actor actor)
    {
        lock (_gate)
        {
            if (!_snapshot.ByName.ContainsKey(name))
                return Unknown(name);
            if (_record(new(UserChangeKind.Removed, name, actor)) is { } unrecorded)
                return Unrecorded(unrecorded);
            if (!_store.Users.TryRemove(name))
                return Unknown(name);

            _snapshot = Read();
        }

        Changed?.Invoke(name);
        return null;
    }

    /// <summary>Makes a token and gives its secret, which nobody can be told again. Null with the reason if it cannot.</summary>
    public (AccessToken Token, string Secret)? CreateToken(string name, TimeSpan life, Actor actor, out string? refusal)
    {
        refusal = null;
        if (life <= TimeSpan.Zero || life > TokenLifeMax)
        {
            refusal = "A token lives for more than nothing and at most 366d: --expires 8h.";
            return null;
        }

        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            if (!_snapshot.ByName.TryGetValue(name, out var user))
                refusal = Unknown(name);
            else if (user.SecretsAt(now).Count(static s => s.TokenId is not null) >= TokensMax)
                refusal = $"User \"{name}\" has {TokensMax} tokens. Revoke some first: jitproxy token revoke ID.";
            if (refusal is not null)
                return null;

            var secret = AccessToken.NewSecret();
            if (!PasswordVerifiers.TryDerive(secret, user!.Salt.Span, user.Iterations, out var verifiers, out refusal))
                return null;
            if (_record(new(UserChangeKind.TokenCreated, name, actor, $"for {Units.Format(life)}")) is { } unrecorded)
            {
                refusal = Unrecorded(unrecorded);
                return null;
            }

            var token = _store.Tokens.Add(new(0, name, AccessToken.Hash(secret), verifiers, now, now + life));
            _snapshot = Read();
            return (token, secret);
        }
    }

    /// <summary>Takes a token back; its owner and the administrator can. Null when done; otherwise why not.</summary>
    public string? RevokeToken(long id, Actor actor)
    {
        string owner;
        lock (_gate)
        {
            // Somebody else's token is none of the actor's business, so it is as if there were none.
            var token = _snapshot.ByToken.Values.FirstOrDefault(t => t.Id == id);
            if (token is null || !(actor.IsAdministrator || string.Equals(token.User, actor.Name, StringComparison.Ordinal)))
                return $"You have no token {id} that could be revoked.";

            owner = token.User;
            if (_record(new(UserChangeKind.TokenRevoked, owner, actor, string.Create(CultureInfo.InvariantCulture, $"token {id}"))) is { } unrecorded)
                return Unrecorded(unrecorded);

            _store.Tokens.TryRevoke(id, _clock.GetUtcNow());
            _snapshot = Read();
        }

        Changed?.Invoke(owner);
        return null;
    }

    private Snapshot Read()
    {
        var accounts = _store.Users.ReadAll();
        var tokens = _store.Tokens.ReadValid(_clock.GetUtcNow());
        var byUser = tokens.ToLookup(static t => t.User, StringComparer.Ordinal);
        return new(
            [.. accounts],
            accounts.ToFrozenDictionary(static a => a.Name, a => Describe(a, byUser[a.Name]), StringComparer.Ordinal),
            tokens.ToFrozenDictionary(static t => Convert.ToHexString(t.SecretHash.Span), StringComparer.Ordinal));
    }

    private static DirectoryUser Describe(UserAccount account, IEnumerable<AccessToken> tokens)
    {
        var secrets = tokens.Select(static t => new LoginSecret(t.Verifiers, t.Id, t.ExpiresAt));
        if (account.Password is { } password)
            secrets = secrets.Prepend(new LoginSecret(password, null, null));

        return new(account.Name, account.Salt, account.Iterations, [.. secrets]);
    }

    // The same name always has the same salt, as a real one would; nobody without the installation's secret can tell it from a real one.
    private DirectoryUser Mock(string name)
    {
        var salt = HMACSHA256.HashData(_store.InstallationSecret.Span, Encoding.UTF8.GetBytes("scram salt of nobody\0" + name));
        return new(name, salt.AsMemory(0, PasswordVerifiers.SaltSize), PasswordVerifiers.IterationsDefault, []);
    }

    private static string? FindBadName(string name)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > NameSizeMax)
            return $"A user's name has between 1 and {NameSizeMax} bytes.";

        // A name that looks like another, or that a log line or a comma-separated list would cut, helps nobody.
        var isPlain = name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '@' or '+');
        return isPlain && char.IsLetterOrDigit(name[0]) ? null : "A user's name begins with a letter or digit and holds letters, digits and _ - . @ +.";
    }

    private static string Taken(string name) => $"There is a user \"{name}\" already. To change the password: jitproxy user password {name}.";

    private static string Unrecorded(string fault) => $"The audit trail cannot be written, so nothing is changed: {fault}";

    private static string Unknown(string name) => $"There is no user \"{name}\". See: jitproxy user list.";

    private sealed record Snapshot(
        ImmutableArray<UserAccount> Accounts,
        FrozenDictionary<string, DirectoryUser> ByName,
        FrozenDictionary<string, AccessToken> ByToken);
}
