using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace JitProxy.Server.Accept;

/// <summary>The certificate of a listener, with its chain prepared once for all handshakes; renewed when its files are.</summary>
internal sealed class TlsIdentity : IDisposable
{
    private readonly (string Certificate, string Key)? _files;
    private volatile Shown _shown;
    private string? _tried;

    private TlsIdentity(Shown shown, (string Certificate, string Key)? files, string? tried) => (_shown, _files, _tried) = (shown, files, tried);

    /// <summary>The certificate that clients see.</summary>
    public X509Certificate2 Certificate => _shown.Context.TargetCertificate;

    /// <summary>Reads PEM files: the certificate first, then the rest of its chain; and its private key.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A file does not hold what it should.</exception>
    public static TlsIdentity Load(string certificateFile, string keyFile)
    {
        var (certificate, key) = (File.ReadAllText(certificateFile), File.ReadAllText(keyFile));
        return new(Read(certificate, key), (certificateFile, keyFile), StampOf(certificate, key));
    }

    /// <summary>Uses a certificate that has its private key; <paramref name="chain"/> may hold those that signed it.</summary>
    public static TlsIdentity Create(X509Certificate2 certificate, X509Certificate2Collection? chain = null) => new(Show(certificate, chain), null, null);

    /// <summary>Shows what is in the files now from the next handshake on. For one thread at a time.</summary>
    /// <param name="fault">Why what is new in the files cannot be shown, said once. The former certificate stays. Null if nothing is wrong.</param>
    /// <returns>True if another certificate is shown now.</returns>
    public bool TryRenew(out string? fault)
    {
        fault = null;
        if (_files is not { } files || !TryReadFiles(files, out var certificate, out var key))
            return false;

        var stamp = StampOf(certificate, key);
        if (stamp == _tried)
            return false;

        // Certificate and key are two files: until both are replaced they do not belong together, and the next look tries again.
        _tried = stamp;
        try
        {
            // Handshakes under way go on with the former one, so it is not disposed of here.
            _shown = Read(certificate, key);
            return true;
        }
        catch (CryptographicException e)
        {
            fault = e.Message;
            return false;
        }
    }

    /// <summary>Options for one handshake. <paramref name="protocols"/>: the ALPN names that are acceptable.</summary>
    public SslServerAuthenticationOptions ServerOptions(params ReadOnlySpan<SslApplicationProtocol> protocols) => new()
    {
        ServerCertificateContext = _shown.Context,
        ApplicationProtocols = protocols.IsEmpty ? null : [.. protocols],
        AllowRenegotiation = false,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var certificate in _shown.Certificates)
            certificate.Dispose();
    }

    private static Shown Read(string certificate, string key)
    {
        X509Certificate2 own;
        try
        {
            own = X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("The key is not that of the certificate.", e);
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        return Show(own, chain);
    }

    private static Shown Show(X509Certificate2 certificate, X509Certificate2Collection? chain)
    {
        // Offline: a listener must not wait for downloads of missing certificates or revocation lists.
        var context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        var all = new X509Certificate2Collection(chain ?? []);
        all.Add(certificate);
        return new(context, all);
    }

    // A file that is away for a moment is about to be replaced.
    private static bool TryReadFiles(
        (string Certificate, string Key) files, [NotNullWhen(true)] out string? certificate, [NotNullWhen(true)] out string? key)
    {
        (certificate, key) = (null, null);
        try
        {
            (certificate, key) = (File.ReadAllText(files.Certificate), File.ReadAllText(files.Key));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string StampOf(string certificate, string key) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(certificate, "\0", key))));

    private sealed record Shown(SslStreamCertificateContext Context, X509Certificate2Collection Certificates);
}
