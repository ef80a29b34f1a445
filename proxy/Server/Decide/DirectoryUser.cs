using System.Collections.Immutable;
using JitProxy.Storage.Users;

namespace JitProxy.Server.Decide;

/// <summary>Somebody who signs in, real or not: the server's half of a login.</summary>
/// <param name="Name">The name.</param>
/// <param name="Salt">SCRAM salt, the same for everything that this person signs in with.</param>
/// <param name="Iterations">SCRAM iteration count.</param>
/// <param name="Secrets">What opens the door; none for somebody who does not exist.</param>
internal sealed record DirectoryUser(string Name, ReadOnlyMemory<byte> Salt, int Iterations, ImmutableArray<LoginSecret> Secrets)
{
    /// <summary>The secrets that count at that time.</summary>
    public IEnumerable<LoginSecret> SecretsAt(DateTimeOffset now) => Secrets.Where(secret => !(secret.ExpiresAt <= now));
}

/// <summary>A password or a token.</summary>
/// <param name="Verifiers">What checks it.</param>
/// <param name="TokenId">The token's number; null for the password.</param>
/// <param name="ExpiresAt">When the token ends, UTC; null for the password.</param>
internal sealed record LoginSecret(PasswordVerifiers Verifiers, long? TokenId, DateTimeOffset? ExpiresAt);
