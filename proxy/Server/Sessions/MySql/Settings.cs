using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Sets what statements are judged by in a session upstream: at its beginning, after a reset, and after a client touched the tracking.</summary>
internal sealed class Settings(Link link, Upstream upstream, Reply reply, PolicySnapshots policies, bool isMariaDb, UpstreamUse use)
{
    /// <summary>True for a statement that may change what the server reports of its session.</summary>
    public static bool MayChangeTracking(MySqlRun run)
    {
        if (run.Ruling is not { Kind: RulingKind.Housekeeping, Verdict.Action: HousekeepingAction.Set } ruling)
            return false;

        // A name cannot be split or escaped, so a text without these letters does not name such a setting.
        for (var rest = ruling.Text.AsSpan(); rest.Length >= PinnedSettings.TrackingPrefix.Length; rest = rest[1..])
        {
            if (Ascii.EqualsIgnoreCase(rest[..PinnedSettings.TrackingPrefix.Length], PinnedSettings.TrackingPrefix))
                return true;
        }

        return false;
    }

    /// <summary>Pins everything; an answer is what the server has against it.</summary>
    public async ValueTask<string?> PinAsync()
    {
        foreach (var statement in PinnedSettings.Statements(isMariaDb, policies.Current.Limits, use))
        {
            var answer = await upstream.AskAsync(statement);
            if (!answer.IsOk)
                return $"{statement}: {answer.Fault}";
        }

        return null;
    }

    /// <summary>Runs a statement of the client that may change the tracking, and undoes that before the client goes on.</summary>
    /// <param name="run">The statement.</param>
    /// <param name="kind">What the answer to it may be.</param>
    /// <param name="sequence">The number of the packet that answers it; the command was written.</param>
    public async ValueTask<Handled> RunAsync(MySqlRun run, AnswerKind kind, byte sequence)
    {
        link.Applied.Note(run);
        var answer = await upstream.AskWrittenAsync(kind, sequence);
        var tracking = await upstream.AskAsync(PinnedSettings.Tracking);
        if (!tracking.IsOk)
        {
            run.Running?.EndUnknown("the session's tracking could not be set again");
            reply.Refuse("08006", "the session's settings cannot be followed any more, so the connection is closed");
            return Handled.Ended;
        }

        if (answer.IsOk && MySqlOk.TryParse(answer.Payload, link.UpstreamCan, out var ok))
        {
            run.Running?.EndOk();
            MySqlOk.Write(link.ClientOutput, ref link.Sequence, link.ClientCan, link.Status, ok.AffectedRows, ok.LastInsertId, ok.Warnings);
            return Handled.Answered;
        }

        if (!MySqlError.TryParse(answer.Payload, out var error))
            return reply.Refuse("08P01", "the database server broke the protocol");

        run.Running?.EndError(Encoding.ASCII.GetString(error.SqlState), Encoding.UTF8.GetString(error.Message));
        MySqlError.Write(link.ClientOutput, ref link.Sequence, error.Code, error.SqlState, error.Message);
        return Handled.Answered;
    }
}
