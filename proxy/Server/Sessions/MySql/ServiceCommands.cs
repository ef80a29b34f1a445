using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Wire;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Commands of the proxy's own on a connection that belongs to no session: they are sent together, and each has to end with OK.</summary>
internal static class ServiceCommands
{
    private const int AnswerSizeMax = 64 * 1024;

    /// <summary>Runs statements without rows; false if one of them failed, or the connection is lost or too slow.</summary>
    /// <param name="upstream">The connection.</param>
    /// <param name="statements">The statements, in order.</param>
    /// <param name="stop">Ends the wait.</param>
    public static async Task<bool> RunAsync(DialedMySql upstream, string[] statements, CancellationToken stop)
    {
        foreach (var statement in statements)
        {
            byte sequence = 0;
            MySqlQuery.Write(upstream.Connection.Output, ref sequence, upstream.Session.Capabilities, Encoding.UTF8.GetBytes(statement));
        }

        try
        {
            await upstream.Connection.Output.FlushAsync(stop);
            foreach (var _ in statements)
            {
                if (await LoginReader.ReadPacketAsync(upstream.Connection, AnswerSizeMax, stop) is not { Payload: [MySqlOk.Header, ..] })
                    return false;
            }

            return true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ProtocolViolationException)
        {
            // Whoever asked goes on without this connection.
            return false;
        }
    }
}
