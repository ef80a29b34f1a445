using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class UpstreamTlsLoginTests
{
    private static readonly byte[] Yes = [(byte)'S'];

    public static async Task StartTlsAsync(ScriptedClient server, TlsIdentity identity)
    {
        await UpstreamFixture.ReadOpeningAsync(server);
        await server.SendAsync(Yes);
        await server.Connection.UpgradeToServerTlsAsync(identity.ServerOptions(new System.Net.Security.SslApplicationProtocol("postgresql")), TlsStart.Requested);
    }

    private static TlsIdentity Identity(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA384);
        var names = new SubjectAlternativeNameBuilder();
        if (System.Net.IPAddress.TryParse(name, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(name);

        request.CertificateExtensions.Add(names.Build());
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return TlsIdentity.Create(request.CreateSelfSigned(from, from.AddYears(60)));
    }

    [Test]
    public async Task Login_over_tls_is_bound_to_the_channel_where_the_server_offers_it([Values] bool isOffered)
    {
        using var identity = Identity("127.0.0.1");
        var binding = SHA384.HashData(identity.Certificate.RawData);
        await using var fixture = new UpstreamFixture(async server =>
        {
            await StartTlsAsync(server, identity);
            await UpstreamFixture.ReadOpeningAsync(server);
            await UpstreamFixture.ScramAsync(server, binding: isOffered ? binding : null);
            await UpstreamFixture.ReadyAsync(server);
        });
        var result = await fixture.RunAsync(UpstreamTlsMode.Require);
        Assert.That(result.TryGet(out _, out var fault), Is.True, fault?.Message);
    }

    [Test]
    public async Task Server_with_another_certificate_than_the_one_bound_to_refuses()
    {
        using var identity = Identity("127.0.0.1");
        await using var fixture = new UpstreamFixture(async server =>
        {
            await StartTlsAsync(server, identity);
            await UpstreamFixture.ReadOpeningAsync(server);
            await UpstreamFixture.ScramAsync(server, binding: new byte[48]);
        });
        Assert.That((await fixture.FailAsync(UpstreamTlsMode.Require)).SqlState, Is.EqualTo("28P01"));
    }

    [TestCase(UpstreamTlsMode.Prefer, true)]
    [TestCase(UpstreamTlsMode.Require, false)]
    [TestCase(UpstreamTlsMode.VerifyFull, false)]
    public async Task Server_without_tls_will_do_only_if_tls_is_but_preferred(UpstreamTlsMode tls, bool works)
    {
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            await server.SendAsync([(byte)'N']);
            await UpstreamFixture.ReadOpeningAsync(server);
            await UpstreamFixture.ScramAsync(server);
            await UpstreamFixture.ReadyAsync(server);
        });
        if (works)
            Assert.That((await fixture.RunAsync(tls)).TryGet(out _, out _), Is.True);
        else
            Assert.That((await fixture.FailAsync(tls)).Message, Does.Contain("does not offer TLS"));
    }

    private static readonly (string Name, byte[] Bytes, string Fault)[] Injections =
    [
        ("bytes behind the yes", [.. Yes, .. ScriptedClient.Bytes(PgAuthentication.WriteOk)], "in clear came ahead"),
        ("bytes behind the no", [(byte)'N', .. ScriptedClient.Bytes(PgAuthentication.WriteOk)], "in clear came ahead"),
        ("an error in clear", ScriptedClient.Bytes(output => PgErrorResponse.Write(output, new PgNotice("FATAL", "28000", UpstreamFixture.ServerText))), "does not understand"),
        ("something else", [(byte)'X'], "does not understand"),
        ("nothing", [], "closed the connection"),
    ];

    [Test]
    public async Task Answer_to_the_request_for_tls_is_one_byte_and_nothing_else_is_believed([Range(0, 4)] int index)
    {
        var (name, bytes, expected) = Injections[index];
        await using var fixture = new UpstreamFixture(async server =>
        {
            await UpstreamFixture.ReadOpeningAsync(server);
            if (bytes.Length > 0)
                await server.SendAsync(bytes);
        });
        foreach (var tls in (UpstreamTlsMode[])[UpstreamTlsMode.Prefer, UpstreamTlsMode.Require])
        {
            var fault = await fixture.FailAsync(tls);
            Assert.That(fault.Message, Does.Contain(expected), name);
            Assert.That(fault.ServerText, Is.Null, name);
        }
    }

    [TestCase("127.0.0.1", true, true)]
    [TestCase("127.0.0.1", false, false, Description = "not signed by whom we trust")]
    [TestCase("db.example.com", true, false, Description = "for another host")]
    public async Task Verify_full_checks_who_signed_and_for_which_host(string name, bool isTrusted, bool works)
    {
        using var identity = Identity(name);
        using var other = Identity(name);
        var ca = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(ca, (isTrusted ? identity : other).Certificate.ExportCertificatePem());
            LoginMessage? password = null;
            await using var fixture = new UpstreamFixture(async server =>
            {
                await StartTlsAsync(server, identity);
                await UpstreamFixture.ReadOpeningAsync(server);
                await server.SendAsync(PgAuthentication.WriteCleartextPassword);
                password = await server.ReadAsync();
                await server.SendAsync(PgAuthentication.WriteOk);
                await UpstreamFixture.ReadyAsync(server);
            });
            if (works)
            {
                Assert.That((await fixture.RunAsync(UpstreamTlsMode.VerifyFull, ca: ca)).TryGet(out _, out var fault), Is.True, fault?.Message);
                Assert.That(Encoding.UTF8.GetString(password!.Value.Body), Is.EqualTo("secret\0"), "a server that has proven who it is may ask for it in clear");
            }
            else
            {
                Assert.That((await fixture.FailAsync(UpstreamTlsMode.VerifyFull, ca: ca)).Message, Does.Contain("TLS handshake failed"));
                Assert.That(password, Is.Null);
            }
        }
        finally
        {
            File.Delete(ca);
        }
    }

    [TestCase("")]
    [TestCase(null)]
    public async Task Authorities_that_cannot_be_read_give_a_fault(string? content)
    {
        using var identity = Identity("127.0.0.1");
        var ca = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        if (content is not null)
            await File.WriteAllTextAsync(ca, content);

        await using var fixture = new UpstreamFixture(server => StartTlsAsync(server, identity));
        Assert.That((await fixture.FailAsync(UpstreamTlsMode.VerifyFull, ca: ca)).Message, Is.Not.Empty);
        File.Delete(ca);
    }
}
