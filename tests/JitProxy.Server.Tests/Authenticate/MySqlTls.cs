using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JitProxy.Server.Accept;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Tests.Authenticate;

/// <summary>The server's end of TLS, for scripts.</summary>
internal static class MySqlTls
{
    /// <summary>A certificate for a host or an address.</summary>
    public static TlsIdentity Identity(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA384);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(name);

        request.CertificateExtensions.Add(names.Build());
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return TlsIdentity.Create(request.CreateSelfSigned(from, from.AddYears(60)));
    }

    /// <summary>Reads the proxy's request and starts TLS.</summary>
    public static async Task StartAsync(MySqlScriptedPeer server, TlsIdentity identity)
    {
        if (!MySqlSslRequest.TryParse(await server.ReadAsync(), out _))
            throw new IOException("the proxy's request is malformed");

        await server.Connection.UpgradeToServerTlsAsync(identity.ServerOptions(), TlsStart.Announced);
    }
}
