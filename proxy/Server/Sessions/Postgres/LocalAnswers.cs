using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Statements about the session itself that the proxy answers, because the names in them are the client's and not the upstream's.</summary>
internal sealed class LocalAnswers(Refuser refuser, StatementPreparer preparer, SessionObjects objects, SessionJudge judge)
{
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
        refuser.Local(Deallocated.ToArray());
        return null;
    }
}
