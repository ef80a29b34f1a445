using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JitProxy.Server.Accept;

namespace JitProxy.Server.Tests.Accept;

/// <summary>A self-signed certificate for localhost.</summary>
internal static class TestCertificate
{
    public static TlsIdentity Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return TlsIdentity.Create(request.CreateSelfSigned(from, from.AddYears(60)));
    }
}
