using System.Collections.Immutable;
using System.Security.Cryptography;

namespace JitProxy.Policy.Masking;

/// <summary>What makes hashed values useless to who guesses them. Kept by the store or given by the configuration; never shown.</summary>
/// <remarks>
/// One key serves all columns, so that equal values stay equal across them and joins by hand still work.
/// Without a key or a salt nothing is hashed: those algorithms then mask in full.
/// </remarks>
public sealed class MaskSecrets
{
    /// <summary>Fewest bytes of a usable key or salt.</summary>
    public const int SizeMin = 16;

    /// <summary>No secrets.</summary>
    public static MaskSecrets None { get; } = new();

    /// <summary>The key of <c>hash</c>; 32 random bytes are right.</summary>
    public ImmutableArray<byte> HashKey { get; init; } = [];

    /// <summary>The salt of <c>md5</c>.</summary>
    public ImmutableArray<byte> Md5Salt { get; init; } = [];

    /// <summary>The secrets that follow from one random key, which the store keeps: the same for every proxy of a fleet, and after every restart.</summary>
    public static MaskSecrets Derive(ReadOnlySpan<byte> key) => new()
    {
        HashKey = [.. HMACSHA256.HashData(key, "jitproxy mask hash key"u8)],
        Md5Salt = [.. HMACSHA256.HashData(key, "jitproxy mask md5 salt"u8)],
    };

    /// <summary>Names nothing.</summary>
    public override string ToString() => "(secrets)";
}
