using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Wire.MySql;
using Microsoft.Extensions.Logging.Abstractions;

namespace JitProxy.Conformance.Tests.Authenticate;

/// <summary>A certificate for servers on 127.0.0.1, and the proxy's login to them.</summary>
internal sealed class MySqlServers : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jitproxy-tls").FullName;
    private readonly Transport _transport = Transport.Create(new(), NullLogger.Instance);

    public MySqlServers()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=upstream", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);

        // By this name some clients look for a server that they reach by its address.
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = request.CreateSelfSigned(from, from.AddYears(60));
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());

        // Servers run as somebody else. It is a key for this test alone.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    /// <summary>The certificate, which also is the authority to trust.</summary>
    public string Certificate => $"{_folder}/server.crt";

    /// <summary>Its key.</summary>
    public string Key => $"{_folder}/server.key";

    /// <summary>The settings that give a server the certificate.</summary>
    public string[] Settings => [$"ssl-cert={Certificate}", $"ssl-key={Key}", $"ssl-ca={Certificate}"];

    /// <summary>Signs in, and leaves.</summary>
    public async Task<UpstreamLoginResult<MySqlUpstreamSession>> SignInAsync(int port, string user, string password, UpstreamTlsMode tls, string? database = null)
    {
        await using var connection = await ConnectAsync(port);
        return await SignInAsync(connection, port, user, password, tls, database);
    }

    /// <summary>Signs in over a connection.</summary>
    public async Task<UpstreamLoginResult<MySqlUpstreamSession>> SignInAsync(
        Connection connection, int port, string user, string password, UpstreamTlsMode tls, string? database = null)
    {
        using var slow = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var target = new UpstreamConfiguration { Host = "127.0.0.1", Port = port, User = user, Password = password, Tls = tls, Ca = tls == UpstreamTlsMode.VerifyFull ? Certificate : null };
        return await new MySqlUpstreamLogin(target).RunAsync(connection, new(database, MySqlCapabilities.DeprecateEof), slow.Token);
    }

    /// <summary>A new connection.</summary>
    public async Task<Connection> ConnectAsync(int port)
    {
        var result = await new Connector(_transport, TimeProvider.System).ConnectAsync("127.0.0.1", port, TimeSpan.FromSeconds(10));
        return result.TryGet(out var connection, out var fault) ? connection : throw new IOException(fault);
    }

    public void Dispose()
    {
        _transport.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
