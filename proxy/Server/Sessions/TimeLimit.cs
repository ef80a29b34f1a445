using System.Globalization;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions;

/// <summary>How long an execution may take: without a grant, with one, or as an export.</summary>
internal static class TimeLimit
{
    private const string QueryCanceled = "57014";

    /// <summary>Why an execution has had its time; null if it has not, or while it waits for its client.</summary>
    public static Refusal? FindObjection(Running running, LimitsConfiguration limits, DateTimeOffset now)
    {
        if (running.IsSuspended)
            return null;

        var (limit, words) = running switch
        {
            { Permit: null } => (limits.HousekeepingTimeout, "the statement ran longer than the {0} that are allowed without a grant"),
            { IsExport: true } => (limits.ExportTimeout, "the export took longer than limits.export_timeout ({0}) allows"),
            _ => (limits.StatementTimeout, "the statement ran longer than limits.statement_timeout ({0}) allows"),
        };
        return now - running.ResumedAt > limit ? new(default, QueryCanceled, string.Format(CultureInfo.InvariantCulture, words, limit), null, null) : null;
    }
}
