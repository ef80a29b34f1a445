using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions;

/// <summary>Turns a decided statement into an execution: the grant is spent and the trail has its record before anything goes upstream.</summary>
internal sealed class ExecutionStarter(Gate gate, Recorder recorder, RunningSet running)
{
    /// <summary>Begins the execution of a bound statement.</summary>
    /// <returns>Null if it may go upstream; otherwise why not.</returns>
    public ValueTask<Refusal?> StartAsync(BoundStatement bound)
    {
        // An empty statement is how clients ask whether anybody is there; nothing runs.
        if (bound.Ruling.Verdict.Action == HousekeepingAction.Empty && bound.Ruling.Kind == RulingKind.Housekeeping)
            return default;

        if (bound.Ruling.Permit is { IsLimited: true } permit)
            return SpendAndStartAsync(bound, permit);

        return Begin(bound);
    }

    private async ValueTask<Refusal?> SpendAndStartAsync(BoundStatement bound, Permit permit)
    {
        // SQLite blocks, and this may be an I/O thread.
        if (!await Task.Run(() => gate.TrySpend(permit)))
        {
            var spent = $"grant {permit.Grant.Id} was used {permit.Grant.ExecutionsMax} of {permit.Grant.ExecutionsMax} times";
            return recorder.Denied(bound.Captured.Who, DenyReason.GrantSpent, bound.Captured.Text, spent, null, permit.Grant.Id);
        }

        return await Begin(bound);
    }

    private ValueTask<Refusal?> Begin(BoundStatement bound)
    {
        if (!recorder.TryBegin(bound, running, out var begun, out var refusal))
            return new(refusal);

        bound.Running = begun.Running;
        return begun.Execution.MayForwardNow ? default : WaitAsync(bound, begun);
    }

    private static async ValueTask<Refusal?> WaitAsync(BoundStatement bound, BegunExecution begun)
    {
        if (await begun.Execution.WhenDurable() is not { } fault)
            return null;

        var refusal = Recorder.TrailUnavailable(fault);
        bound.Running?.EndRefused(refusal);
        bound.Running = null;
        return refusal;
    }
}
