using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using JitProxy.Server.Decide;
using JitProxy.Storage.Users;

namespace JitProxy.Server.Authenticate;

/// <summary>Checks a secret that was sent as it is, over HTTP, with the work of a SCRAM login: one derivation, then as many comparisons.</summary>
internal static class PasswordCheck
{
    /// <summary>Which of the user's secrets it is; false if none. Takes about a millisecond, whoever the user is.</summary>
    public static bool TryFind(DirectoryUser user, string secret, DateTimeOffset now, [NotNullWhen(true)] out LoginSecret? found)
    {
        found = null;
        if (!PasswordVerifiers.TryDerive(secret, user.Salt.Span, user.Iterations, out var derived, out _))
            return false;

        ScramCredential? match = null;
        foreach (var credential in ScramAccount.Of(user, now).Credentials)
        {
            if (CryptographicOperations.FixedTimeEquals(credential.StoredKey.Span, derived.StoredKey.Span))
                match = credential;
        }

        if (match is not null)
            found = user.SecretsAt(now).FirstOrDefault(s => s.TokenId == match.TokenId && s.Verifiers.StoredKey.Span.SequenceEqual(match.StoredKey.Span));

        return found is not null;
    }
}
