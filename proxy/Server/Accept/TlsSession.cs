using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace JitProxy.Server.Accept;

/// <summary>What a TLS handshake agreed on.</summary>
/// <param name="Protocol">TLS 1.2 or later.</param>
/// <param name="ApplicationProtocol">The protocol chosen by ALPN; null when there was none.</param>
/// <param name="ServerCertificate">
/// The server's certificate, whichever end this is: SCRAM's tls-server-end-point binding is a hash of it.
/// </param>
internal sealed record TlsSession(SslProtocols Protocol, string? ApplicationProtocol, X509Certificate2? ServerCertificate);
