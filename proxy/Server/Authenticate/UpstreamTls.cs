using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Authenticate;

/// <summary>How the proxy checks an upstream's certificate.</summary>
internal sealed class UpstreamTls
{
    private readonly UpstreamConfiguration _target;
    private readonly string? _protocol;
    private readonly Lazy<X509Certificate2Collection> _authorities;

    /// <summary>Checks by the configuration of one upstream; its file of authorities is read when it is first needed, and kept.</summary>
    /// <param name="target">The upstream.</param>
    /// <param name="protocol">The ALPN name of its protocol; null if it has none.</param>
    public UpstreamTls(UpstreamConfiguration target, string? protocol)
    {
        (_target, _protocol) = (target, protocol);
        _authorities = new(() => TrustPolicy.Read(target.Ca!), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>Options for one handshake.</summary>
    /// <exception cref="IOException">The file of authorities cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It holds no certificates.</exception>
    public SslClientAuthenticationOptions ClientOptions()
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = _target.Host,
            ApplicationProtocols = _protocol is null ? null : [new(_protocol)],
            AllowRenegotiation = false,
        };
        if (_target.Tls == UpstreamTlsMode.VerifyFull)
            options.CertificateChainPolicy = TrustPolicy.Of(_target.Ca is null ? null : _authorities.Value);
        else
            AcceptAny(options);

        return options;
    }

    // `prefer` and `require` mean encryption without knowing with whom; `verify-full` is the mode that knows.
#pragma warning disable CA5359
    private static void AcceptAny(SslClientAuthenticationOptions options) =>
        options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
}
