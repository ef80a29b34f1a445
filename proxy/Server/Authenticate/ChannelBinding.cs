using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace JitProxy.Server.Authenticate;

/// <summary>
/// The channel binding tls-server-end-point (RFC 5929 section 4): a hash of the server's certificate, by the hash that its signature uses.
/// </summary>
/// <remarks>Computed from the certificate, because the runtime does not give it to the server's end on Linux.</remarks>
internal static class ChannelBinding
{
    /// <summary>The hash; false if none is defined for the certificate's signature, in which case -PLUS must not be offered or used.</summary>
    public static bool TryCompute(X509Certificate2? certificate, [NotNullWhen(true)] out byte[]? hash)
    {
        hash = certificate?.SignatureAlgorithm.Value switch
        {
            // MD5 and SHA-1 are replaced by SHA-256, as the RFC says: RSA, ECDSA and DSA with them, and with SHA-256 itself.
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11"
                or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2"
                or "1.2.840.10040.4.3" or "2.16.840.1.101.3.4.3.2" => SHA256.HashData(certificate.RawDataMemory.Span),
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(certificate.RawDataMemory.Span),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(certificate.RawDataMemory.Span),

            // Ed25519 and its like sign without a separate hash; RSA-PSS names its hash elsewhere.
            _ => null,
        };
        return hash is not null;
    }
}
