using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace JitProxy.Server.Forward;

/// <summary>The cancel keys that the proxy gave its clients, and whom each one stops (PostgreSQL section 55.2.8).</summary>
/// <remarks>
/// The upstream's own keys never leave the proxy. Process numbers are random and unique among open sessions; keys are compared in
/// constant time.
/// </remarks>
internal sealed class CancelRegistry
{
    /// <summary>Size of the secret for protocol 3.0, in bytes.</summary>
    public const int ShortKeySize = 4;

    /// <summary>Size of the secret from protocol 3.2 on, in bytes.</summary>
    public const int LongKeySize = 32;

    private readonly ConcurrentDictionary<int, CancelKey> _keys = new();

    /// <summary>Makes a key for a new session.</summary>
    /// <param name="isLong">True from protocol 3.2 on.</param>
    /// <param name="cancel">Cancels whatever the session has under way.</param>
    public CancelKey Register(bool isLong, Action cancel)
    {
        while (true)
        {
            var secret = RandomNumberGenerator.GetBytes(isLong ? LongKeySize : ShortKeySize);
            var key = new CancelKey(RandomNumberGenerator.GetInt32(1, int.MaxValue), secret, cancel);
            if (_keys.TryAdd(key.ProcessId, key))
                return key;
        }
    }

    /// <summary>The session is over.</summary>
    public void Remove(CancelKey key) => _keys.TryRemove(new(key.ProcessId, key));

    /// <summary>Cancels the session that this key belongs to; a wrong key does nothing, and the sender is not told.</summary>
    /// <returns>True if the key was right.</returns>
    public bool TryCancel(int processId, ReadOnlySpan<byte> secret)
    {
        if (!_keys.TryGetValue(processId, out var key) || !CryptographicOperations.FixedTimeEquals(secret, key.Secret))
            return false;

        key.Cancel();
        return true;
    }
}
