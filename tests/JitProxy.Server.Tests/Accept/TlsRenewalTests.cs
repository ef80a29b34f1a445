using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JitProxy.Server.Accept;
using JitProxy.Server.Tests.Admin;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Accept;

/// <summary>Certificates that are replaced on disk while a listener shows them.</summary>
internal sealed class TlsRenewalTests
{
    private DirectoryInfo _folder = null!;

    private string CertificateFile => Path.Combine(_folder.FullName, "c.pem");

    private string KeyFile => Path.Combine(_folder.FullName, "k.pem");

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("jitproxy");

    [TearDown]
    public void TearDown() => _folder.Delete(recursive: true);

    [Test]
    public void What_the_files_hold_is_shown_once_both_belong_together()
    {
        var (first, firstKey) = Make("first");
        var (second, secondKey) = Make("second");
        Write(first, firstKey);
        using var identity = TlsIdentity.Load(CertificateFile, KeyFile);
        Assert.That((identity.TryRenew(out var fault), fault), Is.EqualTo((false, default(string))), "nothing is new");

        File.WriteAllText(CertificateFile, second);
        Assert.That((identity.TryRenew(out fault), fault is null), Is.EqualTo((false, false)), "a certificate with another one's key");
        Assert.That((identity.TryRenew(out fault), fault), Is.EqualTo((false, default(string))), "said once");
        Assert.That(identity.Certificate.Subject, Is.EqualTo("CN=first"));
        Assert.That(() => TlsIdentity.Load(CertificateFile, KeyFile), Throws.InstanceOf<CryptographicException>().With.Message.Contain("not that of the certificate"));

        File.WriteAllText(KeyFile, secondKey);
        Assert.That((identity.TryRenew(out fault), fault), Is.EqualTo((true, default(string))));
        Assert.That(identity.Certificate.Subject, Is.EqualTo("CN=second"));
        Assert.That(identity.ServerOptions().ServerCertificateContext!.TargetCertificate.Subject, Is.EqualTo("CN=second"));

        File.Delete(KeyFile);
        Assert.That((identity.TryRenew(out fault), fault), Is.EqualTo((false, default(string))), "it is about to be replaced");
        Write("no certificate", "no key");
        Assert.That((identity.TryRenew(out fault), fault is null), Is.EqualTo((false, false)));
        Assert.That(identity.Certificate.Subject, Is.EqualTo("CN=second"));
    }

    [Test]
    public async Task The_API_shows_a_new_certificate_to_the_next_caller()
    {
        var folder = "";
        await using var fixture = await AdminFixture.StartAsync(more: "tls: { certificate: c.pem, key: k.pem }", prepare: at =>
        {
            var (certificate, key) = Make("first");
            File.WriteAllText(Path.Combine(at, "c.pem"), certificate);
            File.WriteAllText(Path.Combine(at, "k.pem"), key);
            folder = at;
        });
        Assert.That(await SubjectAsync(fixture.Address), Is.EqualTo("CN=first"));

        var (renewed, renewedKey) = Make("second");
        File.WriteAllText(Path.Combine(folder, "k.pem"), renewedKey);
        File.WriteAllText(Path.Combine(folder, "c.pem"), renewed);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await SubjectAsync(fixture.Address) != "CN=second")
            await Task.Delay(50, patience.Token);
    }

    private static async Task<string> SubjectAsync(Uri address)
    {
        var seen = new ConcurrentQueue<string>();
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) =>
            {
                seen.Enqueue(shown!.Subject);
                return true;
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = address };
        await http.GetAsync("healthz");
        return seen.Single();
    }

    private static (string Certificate, string Key) Make(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var from = TimeProvider.System.GetUtcNow().AddDays(-1);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(from, from.AddYears(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private void Write(string certificate, string key)
    {
        File.WriteAllText(CertificateFile, certificate);
        File.WriteAllText(KeyFile, key);
    }
}
