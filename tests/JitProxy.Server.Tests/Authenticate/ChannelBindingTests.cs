using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JitProxy.Server.Authenticate;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class ChannelBindingTests
{
    private const string Ed25519 = """
        -----BEGIN CERTIFICATE-----
        MIIBPjCB8aADAgECAhQxqoDZkZKmNOwWm2+YaaeV+ZwRgDAFBgMrZXAwFDESMBAG
        A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAwMDYwN1oYDzIxMjYxMDMxMDAwNjA3
        WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwKjAFBgMrZXADIQCv4WO4c8oHvR7PixTk
        7NrbR3j3qjJn6Penirfh24v7naNTMFEwHQYDVR0OBBYEFP79R4SG84lwxVGwf7wq
        nLyvqsGuMB8GA1UdIwQYMBaAFP79R4SG84lwxVGwf7wqnLyvqsGuMA8GA1UdEwEB
        /wQFMAMBAf8wBQYDK2VwA0EAmCxL/1IKrV2kE3UGTyLcmsi77ReqQ3JOVrO/VLqP
        7rtdI/9Fhe+u9KXcnoC6ZrOTvW26KlkCNdqKrzRySubuCQ==
        -----END CERTIFICATE-----
        """;

    private const string Sha1 = """
        -----BEGIN CERTIFICATE-----
        MIIBfDCCASSgAwIBAgIUOFUCZnEXmXKA8PUj/xAqJ7a5zP0wCQYHKoZIzj0EATAU
        MRIwEAYDVQQDDAlsb2NhbGhvc3QwIBcNMjYxMTI0MDAxMzQ2WhgPMjEyNjEwMzEw
        MDEzNDZaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49
        AwEHA0IABP8tqCFv3g6b30R9iPK9gOv29ZnrZo6+MAvs4jUmmleUIqFaqJ21VEZm
        Ttz+E3Snme7N0yz7t/6OQ907Ywg4E12jUzBRMB0GA1UdDgQWBBSAP8764Aeczchi
        WTuIHE5j7yzC8DAfBgNVHSMEGDAWgBSAP8764AeczchiWTuIHE5j7yzC8DAPBgNV
        HRMBAf8EBTADAQH/MAkGByqGSM49BAEDRwAwRAIgIrYKCPciiuFLpaMkeiuHI0p1
        xuX8lD8siJhrD1IzGRoCIB3ZmlytYCCrSMLJaws1MIKbUn69giWG3lGcrwqk/Cwj
        -----END CERTIFICATE-----
        """;

    internal static X509Certificate2 Certificate(string kind)
    {
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var hash = new HashAlgorithmName(kind.Split('-')[1]);
        if (kind.StartsWith("ECDSA", StringComparison.Ordinal))
        {
            using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return new CertificateRequest("CN=localhost", ec, hash).CreateSelfSigned(from, from.AddYears(60));
        }

        using var rsa = RSA.Create(2048);
        var padding = kind.EndsWith("-PSS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        return new CertificateRequest("CN=localhost", rsa, hash, padding).CreateSelfSigned(from, from.AddYears(60));
    }

    [TestCase("RSA-SHA256", 32)]
    [TestCase("RSA-SHA384", 48)]
    [TestCase("RSA-SHA512", 64)]
    [TestCase("ECDSA-SHA256", 32)]
    [TestCase("ECDSA-SHA384", 48)]
    [TestCase("ECDSA-SHA512", 64)]
    public void Hash_is_the_one_of_the_signature_and_at_least_sha_256(string kind, int size)
    {
        using var certificate = Certificate(kind);
        Assert.That(ChannelBinding.TryCompute(certificate, out var hash), Is.True);
        Assert.That(hash, Has.Length.EqualTo(size));
    }

    [Test]
    public void Weak_hash_is_replaced_by_sha_256()
    {
        using var certificate = X509Certificate2.CreateFromPem(Sha1);
        Assert.That(ChannelBinding.TryCompute(certificate, out var hash), Is.True);
        Assert.That(hash, Is.EqualTo(SHA256.HashData(certificate.RawData)));
    }

    [Test]
    public void Signature_without_a_hash_of_its_own_gives_no_binding()
    {
        using var certificate = X509Certificate2.CreateFromPem(Ed25519);
        Assert.That(ChannelBinding.TryCompute(certificate, out _), Is.False);
        using var pss = Certificate("RSA-SHA256-PSS");
        Assert.That(ChannelBinding.TryCompute(pss, out _), Is.False);
        Assert.That(ChannelBinding.TryCompute(null, out _), Is.False);
    }
}
