using System.Text;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>COM_RESET_CONNECTION: the session as new, here and upstream, with everything pinned again before the client goes on.</summary>
internal sealed class SessionReset(
    Link link, Upstream upstream, Reply reply, SessionJudge judge, PreparedStatements prepared, Settings settings, WarningMemory warnings,
    WriteMode writes)
{
    /// <summary>Resets the session.</summary>
    public async ValueTask<Handled> RunAsync()
    {
        var answer = await upstream.AskAsync(MySqlCommand.ResetConnection);
        if (!answer.IsOk)
            return reply.Error(1105, "HY000", "the database server did not reset the session");

        judge.Reset();
        prepared.Forget();
        warnings.Forget();
        link.Applied.Forget();
        (link.HasMessages, link.HidesLast) = (false, false);
        writes.Reset();
        if (await settings.PinAsync() is not null || !await ReturnToDatabaseAsync())
        {
            reply.Refuse("08006", "the session's settings could not be made again, so the connection is closed");
            return Handled.Ended;
        }

        return reply.Ok();
    }

    private async ValueTask<bool> ReturnToDatabaseAsync()
    {
        if (judge.Who.Database.Length == 0)
            return true;

        var answer = await upstream.AskForDatabaseAsync(Encoding.UTF8.GetBytes(judge.Who.Database));
        return answer.IsOk;
    }
}
