using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Wire;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Commands of the proxy's own on a connection that belongs to no session: they are sent together, and each has to end with OK.</summary>
internal static class ServiceCommands
{
    private const int AnswerSizeMax = 64 * 1024;

    // What a login begins with: the collation of the number that it names.
    private const string Names = "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci";

    /// <summary>
    /// Has the server forget what a session left (temporary tables, locks, variables, prepared statements, settings); false if it did not.
    /// </summary>
    /// <param name="upstream">The connection.</param>
    /// <param name="stop">Ends the wait.</param>
    public static Task<bool> ResetAsync(DialedMySql upstream, CancellationToken stop)
    {
        byte sequence = 0;
        MySqlPlainCommand.Write(upstream.Connection.Output, ref sequence, MySqlCommand.ResetConnection);
        return SendAsync(upstream, [Names], answers: 2, stop);
    }

    /// <summary>Runs statements without rows; false if one of them failed, or the connection is lost or too slow.</summary>
    /// <param name="upstream">The connection.</param>
    /// <param name="statements">The statements, in order.</param>
    /// <param name="stop">Ends the wait.</param>
    public static Task<bool> RunAsync(DialedMySql upstream, string[] statements, CancellationToken stop) =>
        SendAsync(upstream, statements, statements.Length, stop);

    private static async Task<bool> SendAsync(DialedMySql upstream, string[] statements, int answers, CancellationToken stop)
    {
        foreach (var statement in statements)
        {
            byte sequence = 0;
            MySqlQuery.Write(upstream.Connection.Output, ref sequence, upstream.Session.Capabilities, Encoding.UTF8.GetBytes(statement));
        }

        try
        {
            await upstream.Connection.Output.FlushAsync(stop);
            for (var i = 0; i < answers; i++)
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
