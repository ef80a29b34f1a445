using System.Net;
using System.Net.Sockets;

namespace JitProxy.Server.Accept;

/// <summary>Opens connections to upstreams.</summary>
internal sealed class Connector(Transport transport, TimeProvider clock)
{
    /// <summary>
    /// Connects to <paramref name="host"/> (a name or an address; every address of a name is tried) within
    /// <paramref name="timeout"/>, on the loop of <paramref name="beside"/> if given.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired.</exception>
    public async ValueTask<ConnectResult> ConnectAsync(
        string host, int port, TimeSpan timeout, Connection? beside = null, CancellationToken cancellationToken = default)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return new(await ConnectAsync(host, port, beside, both.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, $"cannot connect to {host}:{port}: no answer within {timeout.TotalSeconds:0.###} s");
        }
        catch (Exception failed) when (failed is SocketException or IOException)
        {
            return new(null, $"cannot connect to {host}:{port}: {failed.Message}");
        }
    }

    private async ValueTask<Connection> ConnectAsync(string host, int port, Connection? beside, CancellationToken cancellationToken)
    {
        // A path names the directory of a Unix socket, as PostgreSQL's own clients have it.
        if (host.StartsWith('/'))
        {
            var path = Path.Combine(host, $".s.PGSQL.{port}");
            return await transport.ConnectAsync(new UnixDomainSocketEndPoint(path), beside, cancellationToken).ConfigureAwait(false);
        }

        var addresses = IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        for (var i = 0; ; i++)
        {
            if (i == addresses.Length)
                throw new SocketException((int)SocketError.HostNotFound);

            try
            {
                return await transport.ConnectAsync(new IPEndPoint(addresses[i], port), beside, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failed) when (failed is SocketException or IOException && i + 1 < addresses.Length)
            {
                // The name has another address.
            }
        }
    }
}
