using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using JitProxy.Server.Outlets;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Outlets;

/// <summary>Syslog over TLS (RFC 5425): whole messages to the receiver that the certificate proves, and to nobody else.</summary>
internal sealed class SyslogTlsTests
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly AuditRecord[] Records = [new() { Seq = 1, Event = AuditEvent.Denied, Statement = "SELECT 'ä\n'" }, new() { Seq = 2, Event = AuditEvent.Login, User = "alice" }];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jitproxy-tls-");
    private readonly CertificateRequest _authority;
    private readonly X509Certificate2 _root;

    public SyslogTlsTests()
    {
        _authority = new("CN=Test CA", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        _authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _root = _authority.CreateSelfSigned(From, From.AddYears(60));
        File.WriteAllText(Ca, _root.ExportCertificatePem());
    }

    private string Ca => Path.Combine(_folder.FullName, "ca.pem");

    [OneTimeTearDown]
    public void Remove()
    {
        _root.Dispose();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task A_receiver_that_the_authority_vouches_for_gets_whole_messages()
    {
        using var receiver = new Receiver(Issue("localhost"));
        await using var outlet = new SyslogOutlet(receiver.AddressOf("localhost"), Ca);

        Assert.That(await outlet.SendAsync(Records, CancellationToken.None), Is.Null);
        Assert.That(receiver.Take(), Does.StartWith("<108>1 ").And.Contains("\"statement\":\"SELECT 'ä\\n'\""));
        Assert.That(receiver.Take(), Does.StartWith("<110>1 ").And.Contains("user=\"alice\""));
    }

    [TestCase("localhost", false, Description = "an authority that nobody named")]
    [TestCase("other.example", true, Description = "a certificate for another name")]
    public async Task A_receiver_that_is_not_proven_gets_nothing(string name, bool isKnown)
    {
        using var receiver = new Receiver(Issue(name));
        await using var outlet = new SyslogOutlet(receiver.AddressOf("localhost"), isKnown ? Ca : null);

        Assert.That(await outlet.SendAsync(Records, CancellationToken.None), Does.Contain("certificate"));
        Assert.That(receiver.HasGot, Is.False);
    }

    [Test]
    public async Task A_certificate_of_another_authority_is_not_taken()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var receiver = new Receiver(request.CreateSelfSigned(From, From.AddYears(60)));
        await using var outlet = new SyslogOutlet(receiver.AddressOf("localhost"), Ca);

        Assert.That(await outlet.SendAsync(Records, CancellationToken.None), Does.Contain("certificate"));
        Assert.That(receiver.HasGot, Is.False);
    }

    [Test]
    public async Task A_receiver_that_speaks_no_TLS_gets_nothing()
    {
        using var receiver = new Receiver(null);
        await using var outlet = new SyslogOutlet(receiver.AddressOf("localhost"), Ca);

        Assert.That(await outlet.SendAsync(Records, CancellationToken.None), Is.Not.Null);
        Assert.That(receiver.HasGot, Is.False);
    }

    [Test]
    public async Task A_receiver_that_has_gone_is_noticed_and_gets_everything_again_when_it_is_back()
    {
        using var receiver = new Receiver(Issue("localhost"));
        await using var outlet = new SyslogOutlet(receiver.AddressOf("localhost"), Ca);
        Assert.That(await outlet.SendAsync(Records, CancellationToken.None), Is.Null);
        receiver.Take();
        receiver.Take();
        await receiver.HangUpAsync();

        // What is sent into the end of the connection does not count, however often it is tried.
        Assert.That(async () => await outlet.SendAsync(Records, CancellationToken.None), Is.EqualTo("the receiver closed the connection").Or.Contains("pipe").Or.Contains("reset"));
        Assert.That(await outlet.SendAsync(Records, CancellationToken.None), Is.Null);
        Assert.That(receiver.Take(), Does.Contain("seq=\"1\""));
        Assert.That(receiver.Take(), Does.Contain("seq=\"2\""));
    }

    [Test]
    public void A_file_without_certificates_is_a_fault_of_the_configuration()
    {
        using var file = new Configuration.ConfigurationFile("""
            servers: { shop: { engine: mysql, listen: 127.0.0.1:1, upstream: { host: a, user: b } } }
            audit: { forward: [ { syslog: "tls://log.example:6514", ca: jitproxy.yaml } ] }
            """);
        Server.Configuration.ConfigurationLoader.TryLoad(file.FilePath, out _, out var faults);

        Assert.That(faults.Single().Message, Does.Contain("holds no certificate"));
    }

    private X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(_root, From, From.AddYears(59), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>Takes messages behind their length, over TLS if it has a certificate.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly BlockingCollection<string> _messages = [];
        private readonly X509Certificate2? _certificate;
        private Stream? _stream;

        public Receiver(X509Certificate2? certificate)
        {
            _certificate = certificate;
            _listener.Start();
            _ = Task.Run(ServeAsync);
        }

        public bool HasGot => _messages.Count > 0;

        public Uri AddressOf(string host) => new($"tls://{host}:{((IPEndPoint)_listener.LocalEndpoint).Port}");

        public string Take() => _messages.TryTake(out var message, TimeSpan.FromSeconds(30)) ? message : throw new TimeoutException("no message came");

        public async Task HangUpAsync() => await _stream!.DisposeAsync();

        public void Dispose()
        {
            _listener.Dispose();
            _certificate?.Dispose();
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    var client = await _listener.AcceptTcpClientAsync();
                    _stream = await OpenAsync(client.GetStream());
                    await ReadAsync(_stream);
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
                {
                    // The next one, please.
                }
                catch (SocketException)
                {
                    return;
                }
            }
        }

        private async Task<Stream> OpenAsync(NetworkStream stream)
        {
            if (_certificate is null)
            {
                await stream.WriteAsync("220 not TLS\r\n"u8.ToArray());
                return stream;
            }

            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(_certificate);
            return tls;
        }

        private async Task ReadAsync(Stream stream)
        {
            var one = new byte[1];
            while (true)
            {
                var digits = "";
                while (!digits.EndsWith(' '))
                {
                    if (await stream.ReadAsync(one) == 0)
                        return;
                    digits += (char)one[0];
                    if (!char.IsAsciiDigit((char)one[0]) && one[0] != ' ')
                        return;
                }

                var message = new byte[int.Parse(digits, CultureInfo.InvariantCulture)];
                await stream.ReadExactlyAsync(message);
                _messages.Add(Encoding.UTF8.GetString(message));
            }
        }
    }
}
