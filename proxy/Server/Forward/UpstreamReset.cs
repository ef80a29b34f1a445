using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Forward;

/// <summary>Has a PostgreSQL server forget all that a session left on a connection, so that another can have it.</summary>
internal static class UpstreamReset
{
    private const int MessageSizeMax = 64 * 1024;
    private const int MessageCountMax = 256;

    /// <summary>
    /// DISCARD ALL: portals, prepared statements, temporary tables, advisory locks, LISTEN, plans and sequences go, and settings return to what the
    /// connection began with. False if the server's answer is anything but plain success.
    /// </summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    public static async Task<bool> RunAsync(Connection connection, CancellationToken stop)
    {
        PgQuery.Write(connection.Output, "DISCARD ALL"u8);
        await connection.Output.FlushAsync(stop).ConfigureAwait(false);
        var isDone = false;
        for (var count = 0; count < MessageCountMax; count++)
        {
            if (await LoginReader.ReadMessageAsync(connection, MessageSizeMax, stop).ConfigureAwait(false) is not { } message)
                return false;

            switch ((PgServerTag)message.Tag)
            {
                case PgServerTag.ParameterStatus:
                    break;
                case PgServerTag.CommandComplete when !isDone:
                    isDone = true;
                    break;
                case PgServerTag.ReadyForQuery when isDone && PgReadyForQuery.TryParse(message.Body, out var ready):
                    return ready.Status == PgTransactionStatus.Idle;
                default:
                    return false;
            }
        }

        return false;
    }
}
