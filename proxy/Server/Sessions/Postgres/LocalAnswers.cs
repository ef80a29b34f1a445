using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Decide;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Statements about the session itself that the proxy answers, because the names in them are the client's and not the upstream's.</summary>
internal sealed class LocalAnswers(Refuser refuser, StatementPreparer preparer, SessionObjects objects, SessionJudge judge)
{
    /// <summary>The type text (pg_type).</summary>
    private const uint TextOid = 25;

    /// <summary>CommandComplete of DEALLOCATE.</summary>
    private static ReadOnlySpan<byte> Deallocated => "C\0\0\0\u000FDEALLOCATE\0"u8;

    /// <summary>CommandComplete of SET.</summary>
    private static ReadOnlySpan<byte> SetDone => "C\0\0\0\u0008SET\0"u8;

    /// <summary>CommandComplete of RESET.</summary>
    private static ReadOnlySpan<byte> ResetDone => "C\0\0\0\u000ARESET\0"u8;

    /// <summary>A Query destroys the unnamed statement and portal.</summary>
    public void ForgetUnnamed() => objects.ForgetUnnamed();

    /// <summary>The server has carried out a statement that <see cref="SessionJudge.Resets"/>.</summary>
    public void Reset(in HousekeepingVerdict verdict)
    {
        if (verdict.Action == HousekeepingAction.Discard)
        {
            preparer.Forget();
            objects.ForgetStatements();
        }

        judge.Reset(verdict);
    }

    /// <summary>What Describe answers for a statement that the proxy answers itself.</summary>
    public static byte[] DescriptionOf(Ruling ruling) =>
        ruling.Command is { } command ? Describe(JitAnswer.ColumnsOf(command.Verb)) : PgMessages.NoData.ToArray();

    /// <summary>Carries a command to the proxy out and owes its rows; an answer is why it was not done.</summary>
    /// <param name="judge">The session's.</param>
    /// <param name="command">What to do.</param>
    /// <param name="describes">True if the rows' description belongs to the answer, as in the simple query protocol.</param>
    /// <param name="stop">The session ends.</param>
    public async ValueTask<Refusal?> TellAsync(SessionJudge judge, JitCommand command, bool describes, CancellationToken stop)
    {
        var answer = await judge.TellAsync(command, stop);
        if (answer.Refusal is not null)
            return answer.Refusal;

        var output = new ArrayBufferWriter<byte>();
        if (describes)
            output.Write(Describe(JitAnswer.ColumnsOf(command.Verb)));
        foreach (var row in answer.Rows)
            PgDataRow.Write(output, row.Select(static value => value is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(value)).ToArray());

        PgCommandComplete.Write(output, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"SELECT {answer.Rows.Length}")));
        refuser.Local(output.WrittenSpan.ToArray());
        return null;
    }

    private static byte[] Describe(ImmutableArray<string> columns)
    {
        var output = new ArrayBufferWriter<byte>();
        PgRowDescription.Write(output, columns.Select(static name => new PgColumnSpec(Encoding.UTF8.GetBytes(name), TextOid, -1)).ToArray());
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Carries the statement out and owes its CommandComplete; an answer is the error that it ended with.</summary>
    public Refusal? Answer(in HousekeepingVerdict verdict)
    {
        if (verdict.Action == HousekeepingAction.Set)
        {
            refuser.Local(verdict.Value is null ? ResetDone.ToArray() : SetDone.ToArray());
            return null;
        }

        if (objects.RemoveStatement(verdict.Setting ?? "") is not { } statement)
            return new(DenyReason.Unspecified, "26000", $"prepared statement \"{verdict.Setting}\" does not exist", null, null);

        preparer.Release(statement);
        refuser.LocalClose(statement, Deallocated.ToArray());
        return null;
    }
}
