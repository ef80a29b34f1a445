using System.Security.Cryptography.X509Certificates;

namespace JitProxy.Server.Authenticate;

/// <summary>Whose certificates are trusted: those of the authorities of a file alone, or the system's.</summary>
internal static class TrustPolicy
{
    /// <summary>The authorities in a PEM file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It holds no certificates.</exception>
    public static X509Certificate2Collection Read(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities;
    }

    /// <summary>The policy; for one handshake.</summary>
    /// <param name="authorities">The only ones that count; null for the system's.</param>
    public static X509ChainPolicy Of(X509Certificate2Collection? authorities)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }
}
