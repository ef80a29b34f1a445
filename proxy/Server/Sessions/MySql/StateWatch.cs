using System.Buffers;
using System.Text;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Watches what the server says about its session: nothing that a decision relied on may change unseen.</summary>
/// <param name="judge">Knows the session's database; null on a shared connection, whose database is that of all its runs.</param>
internal sealed class StateWatch(SessionJudge? judge = null)
{
    // MariaDB's SERVER_STATUS_ANSI_QUOTES; MySQL does not use the bit.
    private const MySqlServerStatus AnsiQuotes = (MySqlServerStatus)(1 << 15);

    private readonly ArrayBufferWriter<byte> _told = new();

    /// <summary>True while the proxy has the session open for writing, or is about to close it.</summary>
    public bool MayWrite { get; set; }

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

        var isGranted = run?.Ruling.Kind == RulingKind.Granted;
        var hasReturned = false;
        foreach (var change in ok.Changes)
        {
            var isReturn = IsReturn(change, run);
            hasReturned |= isReturn;
            if (isReturn || IsCounter(change))
                continue;

            // A granted statement that only reads changes nothing of its session: whatever it changed, nobody approved.
            var isEcho = hasReturned && change.Kind == MySqlSessionChangeKind.StateChange;
            if ((isGranted && !isEcho && !run!.Ruling.Writes) || !Take(change, run))
                return false;
        }

        return true;
    }

    // Reading names, servers go through databases and come back, and tell of that (and that something changed) though nothing has.
    private bool IsReturn(in MySqlSessionChange change, MySqlRun? run) =>
        change.Kind == MySqlSessionChangeKind.Schema && run is not null
        && change.Value.SequenceEqual(Encoding.UTF8.GetBytes((judge?.Who ?? run.Statement.Who).Database));

    // MySQL counts statements in a read-only variable, which it reports with each of them.
    private static bool IsCounter(in MySqlSessionChange change) =>
        change.Kind == MySqlSessionChangeKind.SystemVariable && change.Name.SequenceEqual("statement_id"u8);

    private bool Take(in MySqlSessionChange change, MySqlRun? run)
    {
        switch (change.Kind)
        {
            case MySqlSessionChangeKind.SystemVariable:
                // No statement under a grant sets anything, and only the proxy itself opens a session for writing.
                var isOpened = MayWrite && run is null && PinnedSettings.IsReadOnlyMode(change.Name);
                if (run?.Ruling.Kind == RulingKind.Granted || (!isOpened && !PinnedSettings.Allows(change.Name, change.Value)))
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
