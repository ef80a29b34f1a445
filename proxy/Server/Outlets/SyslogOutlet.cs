using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Outlets;

/// <summary>Sends records to a syslog receiver: in datagrams, or over a connection with each message behind its length (RFC 6587, RFC 5425).</summary>
/// <remarks>
/// Syslog answers nothing. Over a connection a batch counts as received when the connection still stands after it; of what a receiver loses while it
/// dies nobody hears.
/// </remarks>
/// <param name="address">Where it is.</param>
/// <param name="ca">A PEM file of the authorities that its certificate has to come from; null for the system's.</param>
internal sealed class SyslogOutlet(Uri address, string? ca = null) : IOutlet
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly string _host = HostOf(Environment.MachineName);
    private Socket? _socket;
    private Stream? _stream;
    private Task _end = Task.CompletedTask;

    private bool IsDatagram => address.Scheme is "udp" or "unix";

    /// <inheritdoc/>
    public async Task<string?> SendAsync(IReadOnlyList<AuditRecord> records, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Timeout);
        try
        {
            _socket ??= await ConnectAsync(patience.Token);
            if (IsDatagram)
                await SendDatagramsAsync(_socket, records, patience.Token);
            else
                await SendStreamAsync(_stream!, records, patience.Token);

            // A receiver that has gone shows as something to read: the end.
            if (!IsDatagram && (_end.IsCompleted || (_socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0)))
                return await GiveUpAsync("the receiver closed the connection");
            return null;
        }
        catch (Exception e) when (e is SocketException or IOException or System.Security.Authentication.AuthenticationException
            or System.Security.Cryptography.CryptographicException)
        {
            return await GiveUpAsync(e.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return await GiveUpAsync($"the receiver takes nothing for {Timeout.TotalSeconds:0} s");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await GiveUpAsync("");

    private static string HostOf(string name) => name.Length is > 0 and < 256 && name.All(static c => c is > ' ' and < (char)127) ? name : "-";

    private async Task<Socket> ConnectAsync(CancellationToken stop)
    {
        var socket = address.Scheme switch
        {
            "unix" => new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified),
            "udp" => new Socket(SocketType.Dgram, ProtocolType.Udp),
            _ => new Socket(SocketType.Stream, ProtocolType.Tcp),
        };
        try
        {
            if (address.Scheme == "unix")
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.AbsolutePath), stop);
            else
                await socket.ConnectAsync(address.IdnHost, address.Port, stop);
            if (!IsDatagram)
            {
                _stream = await StartAsync(new NetworkStream(socket, ownsSocket: false), stop);
                _end = FindEndAsync(_stream);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> StartAsync(NetworkStream stream, CancellationToken stop)
    {
        if (address.Scheme != "tls")
            return stream;

        var tls = new SslStream(stream);
        try
        {
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = address.IdnHost,
                AllowRenegotiation = false,
                CertificateChainPolicy = TrustPolicy.Of(ca is null ? null : TrustPolicy.Read(ca)),
            };
            await tls.AuthenticateAsClientAsync(options, stop);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    // Syslog answers nothing, but TLS does: what is not read would hide the end behind it.
    private static async Task FindEndAsync(Stream stream)
    {
        var ignored = new byte[1024];
        try
        {
            while (await stream.ReadAsync(ignored) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // That is an end, too.
        }
    }

    private async Task SendDatagramsAsync(Socket socket, IReadOnlyList<AuditRecord> records, CancellationToken stop)
    {
        foreach (var record in records)
            await socket.SendAsync(SyslogMessage.OfBounded(record, _host, Environment.ProcessId), SocketFlags.None, stop);
    }

    private async Task SendStreamAsync(Stream stream, IReadOnlyList<AuditRecord> records, CancellationToken stop)
    {
        foreach (var record in records)
        {
            var message = SyslogMessage.Of(record, _host, Environment.ProcessId);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "), stop);
            await stream.WriteAsync(message, stop);
        }

        await stream.FlushAsync(stop);
    }

    private async Task<string> GiveUpAsync(string why)
    {
        if (_stream is not null)
            await _stream.DisposeAsync();
        _socket?.Dispose();
        (_stream, _socket) = (null, null);
        return why;
    }
}
