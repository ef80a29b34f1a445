using JitProxy.Policy.Masking;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Mask;

/// <summary>Plans, for one session, what becomes of the columns of a result once their description is here.</summary>
internal sealed class RowPlanner(Gate gate, Recorder recorder, SessionIdentity who)
{
    /// <summary>The plan of the result described last; it is set before its description leaves.</summary>
    public MaskPlan? LastPlan { get; private set; }

    /// <summary>Makes the mask plan for a portal whose RowDescription came; an answer is why its rows may not pass.</summary>
    public Refusal? Plan(Portal portal, ReadOnlySpan<byte> shape)
    {
        // Catalogue reads run by rule: they touch no user relation, and no catalogue relation that carries data values.
        if (portal.Ruling.Analyzed is not { } analyzed)
            return null;

        // A clock read less per execution; it has hardly begun.
        var now = portal.Running?.ResumedAt ?? gate.Now;
        var permit = portal.Ruling.Permit!;
        if (!analyzed.TryGetPlan(shape, who.User, permit.Unmask, now, out var plan))
        {
            if (RowShape.Read(shape) is not { } columns)
                return ShapeChanged(portal, "its RowDescription cannot be read");

            plan = analyzed.PlanFor(shape, columns, gate.SubjectOf(who, permit, now));
        }

        if (plan!.Fault != PlanFault.None)
            return ShapeChanged(portal, plan.Fault.ToString());

        LastPlan = portal.Plan = plan;
        if (portal.Running is { } running)
            running.Masked = plan.MaskedColumns;

        return null;
    }

    /// <summary>An execution tells the trail itself how it ended; a shape that was only asked for has nobody else to tell it.</summary>
    private Refusal ShapeChanged(Portal portal, string detail)
    {
        var refusal = gate.ShapeChanged(who, detail);
        return portal.Running is null ? recorder.Denied(who, refusal, portal.Statement.Text, portal.Ruling.Grant) : refusal;
    }

    /// <summary>The server finished the execution: how quick it was is remembered, until enough is known of the statement.</summary>
    public void EndOk(Portal portal)
    {
        if (portal is { Ruling.Analyzed: { IsShareable: true, Pace: { IsQuick: false } pace }, Running: { } running })
            pace.Note(gate.Now - running.ResumedAt, running.Bytes);

        portal.Running?.EndOk();
    }

    /// <summary>How much an execution of the portal may return.</summary>
    public RowLimits LimitsOf(Portal portal) => gate.LimitsOf(portal.Ruling.Permit);
}
