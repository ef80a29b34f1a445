using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Server.Sessions;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Forward;

/// <summary>Cancels what one upstream connection has under way, over a connection of its own.</summary>
/// <remarks>The server closes that connection once it has sent the signal; waiting for it keeps a late cancel from hitting the next statement.</remarks>
internal sealed class UpstreamCancel(Connector connector, UpstreamConfiguration upstream, int processId, byte[] secret, SessionLog log)
{
    /// <summary>Sends the request and waits until the server has taken it, or the time is over.</summary>
    public async Task SendAsync(TimeSpan timeout)
    {
        using var soon = new CancellationTokenSource(timeout);
        var result = await connector.ConnectAsync(upstream.Host, upstream.Port, timeout);
        if (result.Connection is not { } connection)
        {
            log.CancelNotDelivered(upstream.Host, upstream.Port, result.Fault ?? "no connection");
            return;
        }

        await using (connection)
        {
            try
            {
                PgCancelRequest.Write(connection.Output, processId, secret);
                await connection.Output.FlushAsync(soon.Token);
                var read = await connection.Input.ReadAsync(soon.Token);
                connection.Input.AdvanceTo(read.Buffer.End);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                log.CancelNotDelivered(upstream.Host, upstream.Port, e.Message);
            }
        }
    }
}
