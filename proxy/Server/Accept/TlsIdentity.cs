using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace JitProxy.Server.Accept;

/// <summary>The certificate of a listener, with its chain prepared once for all handshakes.</summary>
internal sealed class TlsIdentity : IDisposable
{
    private readonly SslStreamCertificateContext _context;
    private readonly X509Certificate2Collection _certificates;

    private TlsIdentity(SslStreamCertificateContext context, X509Certificate2Collection certificates) =>
        (_context, _certificates) = (context, certificates);

    /// <summary>The certificate that clients see.</summary>
    public X509Certificate2 Certificate => _context.TargetCertificate;

    /// <summary>Reads PEM files: the certificate first, then the rest of its chain; and its private key.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file does not hold what it should.</exception>
    public static TlsIdentity Load(string certificateFile, string keyFile)
    {
        var own = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        return Create(own, chain);
    }

    /// <summary>Uses a certificate that has its private key; <paramref name="chain"/> may hold those that signed it.</summary>
    public static TlsIdentity Create(X509Certificate2 certificate, X509Certificate2Collection? chain = null)
    {
        // Offline: a listener must not wait for downloads of missing certificates or revocation lists.
        var context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        var all = new X509Certificate2Collection(chain ?? []);
        all.Add(certificate);
        return new(context, all);
    }

    /// <summary>Options for one handshake. <paramref name="protocols"/>: the ALPN names that are acceptable.</summary>
    public SslServerAuthenticationOptions ServerOptions(params ReadOnlySpan<SslApplicationProtocol> protocols) => new()
    {
        ServerCertificateContext = _context,
        ApplicationProtocols = protocols.IsEmpty ? null : [.. protocols],
        AllowRenegotiation = false,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var certificate in _certificates)
            certificate.Dispose();
    }
}
