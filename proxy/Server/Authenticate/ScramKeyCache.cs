using System.Security.Cryptography;
using System.Text;

namespace JitProxy.Server.Authenticate;

/// <summary>
/// Keys derived from passwords for upstreams, so that a new connection costs microseconds instead of the milliseconds that deriving takes.
/// Holds no password. Safe for several threads.
/// </summary>
internal sealed class ScramKeyCache
{
    private const int EntriesMax = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<Key, Keys> _entries = [];

    /// <summary>The keys of a password under a salt; derived at most once while they are kept.</summary>
    public Keys Get(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        var key = new Key(Convert.ToBase64String(HMACSHA256.HashData(salt, bytes)), Convert.ToBase64String(salt), iterations);
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var known))
                return known;
        }

        var keys = Derive(bytes, salt, iterations);
        lock (_gate)
        {
            // A server that changes its salt each time must not make this grow.
            if (_entries.Count >= EntriesMax)
                _entries.Clear();

            _entries[key] = keys;
        }

        return keys;
    }

    private static Keys Derive(byte[] password, ReadOnlySpan<byte> salt, int iterations)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        return new(HMACSHA256.HashData(salted, "Client Key"u8), HMACSHA256.HashData(salted, "Server Key"u8));
    }

    /// <summary>What a client of SCRAM needs to know of the password.</summary>
    /// <param name="ClientKey">Makes the proof.</param>
    /// <param name="ServerKey">Checks the server's answer.</param>
    internal sealed record Keys(byte[] ClientKey, byte[] ServerKey)
    {
        /// <summary>Never the keys.</summary>
        public override string ToString() => nameof(Keys);
    }

    private readonly record struct Key(string PasswordHash, string Salt, int Iterations);
}
