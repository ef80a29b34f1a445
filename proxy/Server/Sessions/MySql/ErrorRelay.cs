using System.Text;
using JitProxy.Server.Capture;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Errors of the server on their way to the client. None of them may carry a masked value.</summary>
internal sealed class ErrorRelay(Link link, Reply reply, WarningMemory warnings)
{
    private const string Kept = "the server's message is kept in the audit trail, since it may hold masked data";

    /// <summary>True once the server said why it closes the connection, and the client heard it.</summary>
    public bool SaidFarewell { get; private set; }

    /// <summary>Relays an error that ends the answer to the command under way; false if it is malformed.</summary>
    public bool Relay(ReadOnlySpan<byte> payload)
    {
        // Progress reports are never asked for.
        if (!MySqlError.TryParse(payload, out var error) || error.IsProgress)
            return false;

        if (link.IsShared)
        {
            link.Fail();
            return true;
        }

        var exchange = link.Exchange;
        link.HasMessages = true;
        if (exchange.IsInternal)
        {
            exchange.Keep(payload);
            return true;
        }

        if (exchange.Statement is { } prepared)
            prepared.IsRefused = true;

        if (!exchange.IsMuted)
            Write(error, exchange);

        exchange.Run?.Running?.EndError(Encoding.ASCII.GetString(error.SqlState), Encoding.UTF8.GetString(error.Message));
        return true;
    }

    /// <summary>An error that nobody asked for: the server is going away, and says why.</summary>
    public void RelayUnsolicited(ReadOnlySpan<byte> payload)
    {
        if (!MySqlError.TryParse(payload, out var error))
            return;

        SaidFarewell = true;
        MySqlError.Write(link.ClientOutput, ref link.Sequence, error.Code, error.SqlState, error.Message);
    }

    private void Write(in MySqlError error, Exchange exchange)
    {
        // The server's "interrupted" is our own doing if the execution was told to stop; the client hears why.
        if (exchange.Run?.Running?.Abort is { } refusal)
        {
            exchange.Run.Running.EndRefused(refusal);
            reply.Refuse(refusal);
            return;
        }

        SaidFarewell = IsLast(error.Code);
        if (!Touches(exchange.Run, exchange.Statement))
        {
            MySqlError.Write(link.ClientOutput, ref link.Sequence, error.Code, error.SqlState, error.Message);
            return;
        }

        var sqlState = Encoding.ASCII.GetString(error.SqlState);
        var text = PlainText(error.Code) ?? $"the statement failed with error {error.Code}; {Kept}";
        warnings.Note(error.Code, text);
        MySqlError.Write(link.ClientOutput, ref link.Sequence, error.Code, sqlState.Length == 5 ? sqlState : "HY000", text);
    }

    // What people meet every day and what depends on no data. The words are ours, since a function may raise any number with any text.
    private static string? PlainText(ushort code) => code switch
    {
        1317 => "Query execution was interrupted",
        1205 => "Lock wait timeout exceeded; try restarting transaction",
        1213 => "Deadlock found when trying to get lock; try restarting transaction",
        1969 or 3024 => "Query execution was interrupted (max_statement_time exceeded)",
        _ => null,
    };

    // Shutdown, killed, and disconnected for being idle: the server closes after these.
    private static bool IsLast(ushort code) => code is 1053 or 1927 or 3169 or 4031;

    private static bool Touches(BoundStatement? run, MySqlStatement? prepared) => run is not null
        ? run.Plan?.RedactsMessages ?? run.Ruling.Analyzed is { TouchesMasked: true }
        : prepared?.Ruling.Analyzed is { TouchesMasked: true };
}
