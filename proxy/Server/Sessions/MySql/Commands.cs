using System.Diagnostics;
using System.Globalization;
using System.Text;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>What becomes of each command of a client: an allow-list. Whatever else there is carries no text that could be approved, and is refused.</summary>
internal sealed class Commands(
    Reply reply, Upstream upstream, Queries queries, PreparedStatements prepared, LocalAnswers local, Databases databases, FieldLists fields,
    SessionReset reset, WriteMode writes, bool keepsUpstream)
{
    private static readonly long Started = Stopwatch.GetTimestamp();

    /// <summary>Handles one command. The caller holds the floor.</summary>
    /// <param name="payload">The command; valid until it is handled.</param>
    /// <param name="stop">The session is over.</param>
    public ValueTask<Handled> HandleAsync(ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        if (payload.IsEmpty)
            return new(Unknown());

        if (writes.OwesNames)
            return LearnAndHandleAsync(payload, stop);

        var span = payload.Span;
        switch ((MySqlCommand)span[0])
        {
            case MySqlCommand.Query:
                return queries.RunAsync(payload, stop);
            case MySqlCommand.StmtPrepare:
                return prepared.PrepareAsync(payload);
            case MySqlCommand.StmtExecute:
                return prepared.ExecuteAsync(payload, stop);
            case MySqlCommand.StmtFetch:
                return new(prepared.Fetch(span));
            case MySqlCommand.StmtClose:
                return new(prepared.Close(span));
            case MySqlCommand.StmtReset:
                return new(prepared.Reset(span));
            case MySqlCommand.StmtSendLongData:
                return new(prepared.SendLongData(span));
            case MySqlCommand.Quit:
                if (!keepsUpstream)
                    upstream.TellQuit();

                return new(Handled.Left);
            case MySqlCommand.Ping:
                return new(upstream.Forward(MySqlCommand.Ping));
            case MySqlCommand.InitDb:
                return databases.UseAsync(Encoding.UTF8.GetString(span[1..]), stop);
            case MySqlCommand.FieldList:
                return new(fields.Answer(span));
            case MySqlCommand.ResetConnection:
                return reset.RunAsync();
            case MySqlCommand.Statistics:
                return new(AnswerStatistics());
            case MySqlCommand.SetOption:
                return new(SetOption(span));
            case MySqlCommand.ProcessKill:
                return new(Kill(span));
            case MySqlCommand.ChangeUser:
                local.Refuse("COM_CHANGE_USER is not passed on: sign in with a connection of its own");
                return new(Handled.Ended);
            default:
                return new(Refuse((MySqlCommand)span[0]));
        }
    }

    private async ValueTask<Handled> LearnAndHandleAsync(ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        await writes.LearnNamesAsync(stop);
        return await HandleAsync(payload, stop);
    }

    private Handled Unknown() => reply.Error(1047, "08S01", "Unknown command");

    private Handled Refuse(MySqlCommand command) => Enum.IsDefined(command)
        ? local.Refuse(string.Create(CultureInfo.InvariantCulture, $"the command {command} names no statement that could be approved"))
        : Unknown();

    // The line that status commands print. Nothing of it is the server's: other people's work is none of the client's business.
    private Handled AnswerStatistics()
    {
        var seconds = (long)Stopwatch.GetElapsedTime(Started).TotalSeconds;
        reply.WriteText(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Uptime: {seconds}  Threads: 1  Questions: 0  (JitProxy)")));
        return Handled.Answered;
    }

    private Handled SetOption(ReadOnlySpan<byte> payload)
    {
        if (!MySqlNumberCommand.TryParse(payload, out var option))
            return reply.Refuse("08P01", "malformed COM_SET_OPTION");

        return option.Number == 1 ? reply.End() : local.Refuse("several statements in one text are not passed on; send them one by one");
    }

    private Handled Kill(ReadOnlySpan<byte> payload) => MySqlNumberCommand.TryParse(payload, out var kill)
        ? local.Kill(kill.Number.ToString(CultureInfo.InvariantCulture), isQuery: false)
        : reply.Refuse("08P01", "malformed COM_PROCESS_KILL");
}
