using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions;

/// <summary>Turns a decided statement into an execution: the grant is spent and the trail has its record before anything goes upstream.</summary>
internal sealed class ExecutionStarter(Gate gate, Recorder recorder, SessionIdentity who, RunningSet running)
{
    /// <summary>Begins the execution of a portal.</summary>
    /// <returns>Null if it may go upstream; otherwise why not.</returns>
    public ValueTask<Refusal?> StartAsync(Portal portal)
    {
        // An empty statement is how clients ask whether anybody is there; nothing runs.
        if (portal.Ruling.Verdict.Action == HousekeepingAction.Empty && portal.Ruling.Kind == RulingKind.Housekeeping)
            return default;

        if (portal.Ruling.Permit is { IsLimited: true } permit)
            return SpendAndStartAsync(portal, permit);

        return Begin(portal);
    }

    private async ValueTask<Refusal?> SpendAndStartAsync(Portal portal, Permit permit)
    {
        // SQLite blocks, and this may be an I/O thread.
        if (!await Task.Run(() => gate.TrySpend(permit)))
            return recorder.Denied(who, DenyReason.GrantSpent, portal.Statement.Text, null, null, permit.Grant.Id);

        return await Begin(portal);
    }

    private ValueTask<Refusal?> Begin(Portal portal)
    {
        if (!recorder.TryBegin(who, portal, running, out var begun, out var refusal))
            return new(refusal);

        portal.Running = begun.Running;
        return begun.Execution.MayForwardNow ? default : WaitAsync(portal, begun);
    }

    private static async ValueTask<Refusal?> WaitAsync(Portal portal, BegunExecution begun)
    {
        if (await begun.Execution.WhenDurable() is not { } fault)
            return null;

        var refusal = Recorder.TrailUnavailable(fault);
        portal.Running?.EndRefused(refusal);
        portal.Running = null;
        return refusal;
    }
}
