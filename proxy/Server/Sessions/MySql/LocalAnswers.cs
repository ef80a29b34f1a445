using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>Statements that the proxy answers itself: about grants, databases and sessions, all of which are its own here.</summary>
internal sealed class LocalAnswers(Reply reply, LocalRows rows, SessionJudge judge, Databases databases, ConnectionNumbers numbers, WarningMemory warnings)
{
    private static readonly ImmutableArray<string> WarningColumns = ["Level", "Code", "Message"];

    /// <summary>The columns of the answer; none if it has no rows.</summary>
    public static ImmutableArray<string> ColumnsOf(Ruling ruling) => ruling.Command is { } command ? JitAnswer.ColumnsOf(command.Verb) : [];

    /// <summary>Carries a statement out.</summary>
    public ValueTask<Handled> AnswerAsync(Ruling ruling, bool isBinary, CancellationToken stop)
    {
        if (ruling.Command is { } command)
            return TellAsync(command, isBinary, stop);

        switch (ruling.Verdict.Action)
        {
            case HousekeepingAction.UseDatabase:
                return databases.UseAsync(ruling.Verdict.Setting ?? "", stop);
            case HousekeepingAction.Kill:
                return new(Kill(ruling.Verdict.Value, ruling.Verdict.Setting == "query"));
            default:
                judge.Apply(ruling.Verdict);
                return new(reply.Ok());
        }
    }

    /// <summary>Ends a statement or a session of the same person.</summary>
    /// <param name="number">The number that KILL names.</param>
    /// <param name="isQuery">True to end only what runs there.</param>
    public Handled Kill(string? number, bool isQuery)
    {
        // The same for somebody else's and for none: numbers tell nothing.
        if (!uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !numbers.TryEnd(judge.Who, id, isQuery))
            return reply.Error(1094, "HY000", $"Unknown thread id: {number}");

        return reply.Ok();
    }

    /// <summary>SHOW WARNINGS after a statement whose messages may hold masked values: what the client knows already, and what the proxy has to say.</summary>
    public Handled ShowWithheldWarnings(bool isBinary)
    {
        var messages = ImmutableArray.CreateBuilder<ImmutableArray<string?>>();
        if (warnings.IsWithheld)
        {
            messages.Add(warnings.Code == 0
                ? ["Note", "1105", "the messages of this session's last statement are withheld: they may hold masked data"]
                : ["Error", warnings.Code.ToString(CultureInfo.InvariantCulture), warnings.Text]);
        }

        if (warnings.Reminder is { } reminder)
            messages.Add(["Note", "1105", reminder]);

        return rows.Write(WarningColumns, messages.ToImmutable(), isBinary);
    }

    /// <summary>Writes the definitions of a prepared statement's columns.</summary>
    public void WriteDefinitions(ImmutableArray<string> columns) => rows.WriteDefinitions(columns);

    /// <summary>Records and words the refusal of a command that has no text to decide about.</summary>
    public Handled Refuse(string what) => reply.Refuse(judge.Denied(DenyReason.MessageNotSupported, default, what, null));

    private async ValueTask<Handled> TellAsync(JitCommand command, bool isBinary, CancellationToken stop)
    {
        var answer = await judge.TellAsync(command, stop);
        return answer.Refusal is { } refusal
            ? reply.Refuse(refusal)
            : rows.Write(JitAnswer.ColumnsOf(command.Verb), answer.Rows, isBinary);
    }
}
