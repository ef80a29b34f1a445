using System.Buffers;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Watches what the server says about its session: nothing that a decision relied on may change unseen.</summary>
internal sealed class StateWatch
{
    // MariaDB's SERVER_STATUS_ANSI_QUOTES; MySQL does not use the bit.
    private const MySqlServerStatus AnsiQuotes = (MySqlServerStatus)(1 << 15);

    private readonly ArrayBufferWriter<byte> _told = new();

    /// <summary>The changes that the client may hear of, from the last packet that was taken.</summary>
    public ReadOnlySpan<byte> Told => _told.WrittenSpan;

    /// <summary>True if a session may have this status.</summary>
    public static bool Allows(MySqlServerStatus status) =>
        (status & (MySqlServerStatus.NoBackslashEscapes | AnsiQuotes | MySqlServerStatus.MoreResultsExist | MySqlServerStatus.PsOutParameters)) == 0;

    /// <summary>Takes an OK of the server; false if the session is not any more what it was taken for.</summary>
    /// <param name="ok">The packet.</param>
    /// <param name="run">What it answers; null for a command of the proxy's own, or one without a text.</param>
    public bool Take(in MySqlOk ok, MySqlRun? run)
    {
        _told.ResetWrittenCount();
        if (!Allows(ok.Status))
            return false;

        if (ok.Changes.IsEmpty)
            return true;

        foreach (var change in ok.Changes)
        {
            if (IsCounter(change))
                continue;

            // A granted statement only reads: whatever it changed, nobody approved.
            if (run?.Ruling.Kind == RulingKind.Granted || !Take(change, run))
                return false;
        }

        return true;
    }

    // MySQL counts statements in a read-only variable, which it reports with each of them.
    private static bool IsCounter(in MySqlSessionChange change) =>
        change.Kind == MySqlSessionChangeKind.SystemVariable && change.Name.SequenceEqual("statement_id"u8);

    private bool Take(in MySqlSessionChange change, MySqlRun? run)
    {
        switch (change.Kind)
        {
            case MySqlSessionChangeKind.SystemVariable:
                if (!PinnedSettings.Allows(change.Name, change.Value))
                    return false;

                if (PinnedSettings.IsReported(change.Name))
                    MySqlSessionChange.WriteVariable(_told, change.Name, change.Value);

                return true;
            case MySqlSessionChangeKind.Schema:
                // The database is changed by the proxy alone: by a command of its own, which no run belongs to.
                return run is null;
            case MySqlSessionChangeKind.StateChange:
            case MySqlSessionChangeKind.Gtids:
            case MySqlSessionChangeKind.TransactionCharacteristics:
            case MySqlSessionChangeKind.TransactionState:
            default:
                return true;
        }
    }
}
