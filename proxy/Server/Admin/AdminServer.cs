// The API's host: Kestrel on the unix socket, and on TCP where the configuration asks for it. It reads no settings of its own.
using System.Net;
using System.Net.Sockets;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Server.Console;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Admin;

/// <summary>Serves the API until it is disposed of.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private const long BodySizeMax = 16 << 20;

    private readonly WebApplication _application;
    private readonly string _socket;
    private readonly TlsRenewal? _renewal;

    private AdminServer(WebApplication application, string socket, TlsRenewal? renewal) =>
        (_application, _socket, _renewal) = (application, socket, renewal);

    /// <summary>Starts; when this returns, callers are accepted.</summary>
    /// <exception cref="IOException">The socket or the address is taken, or a file of the certificate cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file does not hold a certificate, or its key.</exception>
    public static async Task<AdminServer> StartAsync(
        AdminConfiguration configuration, AdminServices services, ConsoleServices console, ILoggerFactory log, CancellationToken stop)
    {
        RemoveStale(configuration.Socket);
        var identity = configuration.Tls is { } tls ? TlsIdentity.Load(tls.Certificate, tls.Key) : null;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(log);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<SocketTransportOptions>(static options => options.CreateBoundListenSocket = Bind);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options => Listen(options, configuration, identity));
        var application = builder.Build();
        application.Use((context, next) => Endpoints.GuardAsync(context, next, log.CreateLogger("admin")));
        application.UseRouting();
        Endpoints.Map(application, services);
        ConsoleEndpoints.Map(application, console);
        try
        {
            await application.StartAsync(stop);
        }
        catch
        {
            await application.DisposeAsync();
            identity?.Dispose();
            throw;
        }

        return new(application, configuration.Socket, identity is null ? null : new(identity, log.CreateLogger<TlsRenewal>(), services.Clock));
    }

    /// <summary>Where TCP callers are accepted; null when they are not. With port 0 in the configuration, the port that the system chose.</summary>
    public Uri? Address =>
        _application.Urls.FirstOrDefault(static url => !url.Contains("unix:", StringComparison.Ordinal)) is { } url ? new Uri(url) : null;

    /// <summary>Everything that is mapped.</summary>
    public IEnumerable<RouteEndpoint> Routes =>
        ((IEndpointRouteBuilder)_application).DataSources.SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>();

    /// <summary>Stops accepting, ends what runs, and removes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2)))
            await _application.StopAsync(patience.Token);

        await _application.DisposeAsync();
        _renewal?.Dispose();
        File.Delete(_socket);
    }

    private static void Listen(KestrelServerOptions options, AdminConfiguration configuration, TlsIdentity? identity)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = BodySizeMax;
        options.ListenUnixSocket(configuration.Socket, static listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(static next => connection =>
            {
                connection.Features.Set(new LocalConnection());
                return next(connection);
            });
        });
        if (configuration.Listen is not { } address)
            return;

        options.Listen(address, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (identity is not null)
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => new(identity.ServerOptions()) });
        });
    }

    // Between bind and listen nobody can connect, so there is no moment in which others could open the socket.
    private static Socket Bind(EndPoint address)
    {
        if (address is not UnixDomainSocketEndPoint { } local)
            return SocketTransportOptions.CreateDefaultBoundListenSocket(address);

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(local);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(local.ToString(), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        return socket;
    }

    // A proxy that was killed leaves its socket behind. One that answers is alive, and keeps it.
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
            return;

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new IOException($"{path} is in the way of the admin socket: {e.Message}", e);
        }

        throw new IOException($"another proxy answers on {path}");
    }
}
