using System.Buffers;
using System.Text;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>What the server says beside its results: errors, notices and settings. None of it may carry a masked value.</summary>
internal sealed class ErrorRelay(SessionLink link, CutOff cutOff, Gate gate, SessionIdentity who)
{
    private const string Kept = "the server's message is kept in the audit trail, since it may hold masked data";

    /// <summary>True once the server said why it closes the connection, and the client heard it.</summary>
    public bool SaidFarewell { get; private set; }

    /// <summary>Relays the error that came instead of the answer owed, and lets go of what the server skips after it.</summary>
    public void Relay(ReadOnlySpan<byte> frame, in Pending owed)
    {
        var portal = owed.Subject as Portal;
        frame = UpstreamNames.Restore(frame, owed.Subject);
        if (owed.Expected == Expected.ParseComplete && owed.Subject is UpstreamStatement statement)
            statement.Refuse(owed.Parse);

        if (IsStale(frame) && Prepared(owed) is { IsLost: false } stale)
        {
            // What is prepared there is of no more use. It is ours, so that the client need not know; the next try prepares it anew.
            stale.IsLost = true;
            link.Conversation.AddUnclosed(stale);
            if (!cutOff.IsMuted && portal?.Running is { } running)
                running.TryAbort(gate.ShapeChanged(who, "its tables changed since it was prepared"));
        }

        if (!cutOff.IsMuted)
            WriteError(frame, owed, portal);

        if (PgErrorResponse.TryParse(frame[PgFrameHeader.Size..], out var error) && error.Severity.SequenceEqual("FATAL"u8))
            SaidFarewell = !cutOff.IsMuted;

        End(portal, frame);

        // An error at the Sync itself (a deferred constraint, say) stands before its ReadyForQuery and takes nothing away.
        if (owed.Expected != Expected.Ready)
            link.Conversation.FailUntilSync();
    }

    /// <summary>An error that nobody asked for: the server is going away, and says why.</summary>
    public void RelayUnsolicited(PgServerTag tag, ReadOnlySpan<byte> frame)
    {
        if (tag != PgServerTag.ErrorResponse)
            return;

        SaidFarewell = true;
        link.ClientOutput.Write(frame);
    }

    /// <summary>Relays a message that may come at any time; false if it is none. A notice is judged by what is due, so nothing of ours may be.</summary>
    public bool TryRelayAsynchronous(PgServerTag tag, ReadOnlySpan<byte> frame)
    {
        switch (tag)
        {
            case PgServerTag.NoticeResponse:
                RelayNotice(frame);
                return true;
            case PgServerTag.ParameterStatus:
                RelayParameterStatus(frame);
                return true;
            case PgServerTag.NotificationResponse:
                // LISTEN is refused; a payload from elsewhere could carry anything.
                return true;
            default:
                return false;
        }
    }

    /// <summary>Relays a notice, or its code alone while a statement that touches masked columns is under way.</summary>
    private void RelayNotice(ReadOnlySpan<byte> frame)
    {
        if (cutOff.IsMuted)
            return;

        link.Conversation.TryPeek(out var owed);
        if (Touches(owed.Subject))
            WriteRedacted(frame, isNotice: true);
        else
            link.ClientOutput.Write(UpstreamNames.Restore(frame, owed.Subject));
    }

    /// <summary>Relays a changed setting if it is one that clients live by; the role behind the connection stays the proxy's own business.</summary>
    private void RelayParameterStatus(ReadOnlySpan<byte> frame)
    {
        if (PgParameterStatus.TryParse(frame[PgFrameHeader.Size..], out var status) && ReportedSettings.IsReported(status.Name))
            ReportedSettings.Write(link.ClientOutput, status.Name, status.Value, who.User);
    }

    private void WriteError(ReadOnlySpan<byte> frame, in Pending owed, Portal? portal)
    {
        if (owed.Expected == Expected.Failure)
        {
            if (owed.Relay)
                link.ClientOutput.Write((byte[])owed.Subject!);

            return;
        }

        // The server's "canceled" is our own doing if the execution was told to stop; the client hears why.
        if (portal?.Running?.Abort is { } refusal)
        {
            portal.Running.EndRefused(refusal);
            link.ClientOutput.Write(refusal.ToErrorResponse());
        }
        else if (Touches(owed.Subject))
        {
            WriteRedacted(frame, isNotice: false);
        }
        else
        {
            link.ClientOutput.Write(frame);
        }
    }

    /// <summary>The granted statement that the answer owed is about, as it is prepared upstream.</summary>
    private static UpstreamStatement? Prepared(in Pending owed) => owed.Subject switch
    {
        Portal { Ruling.Kind: RulingKind.Granted } portal => portal.Statement.Upstream,
        ClientStatement { Ruling.Kind: RulingKind.Granted } statement => statement.Upstream,
        _ => null,
    };

    /// <summary>True for an error that says a prepared statement is of no more use: its tables changed, or it is gone.</summary>
    public static bool IsStale(ReadOnlySpan<byte> frame) =>
        PgErrorResponse.TryParse(frame[PgFrameHeader.Size..], out var error) && (error.Code.SequenceEqual("0A000"u8) || error.Code.SequenceEqual("26000"u8));

    private void WriteRedacted(ReadOnlySpan<byte> frame, bool isNotice)
    {
        var parsed = PgErrorResponse.TryParse(frame[PgFrameHeader.Size..], out var error);
        var severity = parsed ? Encoding.UTF8.GetString(error.Severity) : "ERROR";
        var sqlState = parsed ? Encoding.ASCII.GetString(error.Code) : "XX000";
        if (isNotice)
            PgErrorResponse.WriteNotice(link.ClientOutput, new(severity, sqlState, "notice withheld: " + Kept));
        else
        {
            var text = PlainText(sqlState) ?? $"the statement failed with SQLSTATE {sqlState}; {Kept}";
            PgErrorResponse.Write(link.ClientOutput, new(severity, sqlState, text));
        }
    }

    // What people meet every day and what depends on no data. The words are ours, since a function may raise any code with any text.
    private static string? PlainText(string sqlState) => sqlState switch
    {
        "25P02" => "current transaction is aborted, commands ignored until end of transaction block",
        "57014" => "canceling statement on request or at its time limit",
        _ => null,
    };

    private static void End(Portal? portal, ReadOnlySpan<byte> frame)
    {
        if (portal?.Running is not { } running)
            return;

        if (!PgErrorResponse.TryParse(frame[PgFrameHeader.Size..], out var error))
        {
            running.EndError(null, null);
            return;
        }

        var text = Encoding.UTF8.GetString(error.Message);
        if (!error.Detail.IsEmpty)
            text += " DETAIL: " + Encoding.UTF8.GetString(error.Detail);

        running.EndError(Encoding.ASCII.GetString(error.Code), text);
    }

    private bool Touches(object? subject) => link.RedactsAtEnd || subject switch
    {
        Portal { Ruling.Analyzed: { } analyzed } portal => portal.Plan?.RedactsMessages ?? analyzed.TouchesMasked,
        ClientStatement statement => statement.Ruling.Analyzed is { TouchesMasked: true },
        UpstreamStatement statement => statement.RedactsErrors,
        _ => false,
    };
}
