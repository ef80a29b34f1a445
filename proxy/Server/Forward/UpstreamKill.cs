using System.Globalization;
using System.Text;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Sessions;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Forward;

/// <summary>Cancels what one connection to a MySQL or MariaDB server has under way: KILL QUERY, over a connection of its own.</summary>
/// <remarks>The server answers once the order is given; waiting for that keeps a late one from hitting the statement after the next.</remarks>
internal sealed class UpstreamKill(Dialer dialer, UpstreamConfiguration target, uint connectionId, SessionLog log)
{
    /// <summary>Gives the order, and waits until the server has taken it, or the time is over.</summary>
    public async Task SendAsync(TimeSpan timeout)
    {
        using var soon = new CancellationTokenSource(timeout);
        var (connection, session, fault) = await dialer.DialAsync(
            target, (opened, stop) => new MySqlUpstreamLogin(target).RunAsync(opened, new(null, default), stop), timeout, null, CancellationToken.None);
        if (connection is null || session is null)
        {
            log.CancelNotDelivered(target.Host, target.Port, fault?.ForLog ?? "no connection");
            return;
        }

        await using (connection)
        {
            try
            {
                await OrderAsync(connection, session.Capabilities, soon.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                log.CancelNotDelivered(target.Host, target.Port, e.Message);
            }
        }
    }

    private async Task OrderAsync(Connection connection, MySqlCapabilities capabilities, CancellationToken stop)
    {
        byte sequence = 0;
        var order = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"KILL QUERY {connectionId}"));
        MySqlQuery.Write(connection.Output, ref sequence, capabilities, order);
        await connection.Output.FlushAsync(stop);

        // An error says that the connection is gone: then nothing runs there.
        var read = await connection.Input.ReadAsync(stop);
        connection.Input.AdvanceTo(read.Buffer.End);
        sequence = 0;
        MySqlPlainCommand.Write(connection.Output, ref sequence, MySqlCommand.Quit);
        await connection.Output.FlushAsync(stop);
    }
}
