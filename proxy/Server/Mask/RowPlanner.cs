using JitProxy.Policy.Masking;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Export;
using JitProxy.Server.Record;

namespace JitProxy.Server.Mask;

/// <summary>Reads the description of a result, as its protocol has it, into columns; null if it is malformed.</summary>
internal delegate ResultColumn[]? ShapeReader(ReadOnlySpan<byte> shape);

/// <summary>Plans, for one session, what becomes of the columns of a result once their description is here.</summary>
internal sealed class RowPlanner(Gate gate, Recorder recorder, ShapeReader read)
{
    /// <summary>What was described last, with its plan; it is set before its description leaves.</summary>
    public BoundStatement? LastPlanned { get; private set; }

    /// <summary>Makes the mask plan for a statement whose columns were described; an answer is why its rows may not pass.</summary>
    public Refusal? Plan(BoundStatement bound, ReadOnlySpan<byte> shape)
    {
        // Catalogue reads run by rule: they touch no user relation, and no catalogue relation that carries data values.
        if (bound.Ruling.Analyzed is not { } analyzed)
            return null;

        // A clock read less per execution; it has hardly begun.
        var now = bound.Running?.ResumedAt ?? gate.Now;
        var (who, permit) = (bound.Captured.Who, bound.Ruling.Permit!);
        if (!analyzed.TryGetPlan(shape, who.User, permit.Unmask, now, out var plan))
        {
            if (read(shape) is not { } columns)
                return ShapeChanged(bound, "the description of its columns cannot be read");

            plan = analyzed.PlanFor(shape, columns, gate.SubjectOf(who, permit, now));
        }

        if (plan!.Fault != PlanFault.None)
            return ShapeChanged(bound, plan.Fault.ToString());

        bound.Plan = plan;
        LastPlanned = bound;
        if (bound.Running is { } running)
            running.Masked = plan.MaskedColumns;

        return null;
    }

    /// <summary>An execution tells the trail itself how it ended; a shape that was only asked for has nobody else to tell it.</summary>
    private Refusal ShapeChanged(BoundStatement bound, string detail)
    {
        var who = bound.Captured.Who;
        var refusal = gate.ShapeChanged(who, detail);
        return bound.Running is null ? recorder.Denied(who, refusal, bound.Captured.Text, bound.Ruling.Grant) : refusal;
    }

    /// <summary>The server finished the execution: how quick it was is remembered, until enough is known of the statement.</summary>
    public void EndOk(BoundStatement bound)
    {
        if (bound is { Ruling.Analyzed: { IsShareable: true, Pace: { IsQuick: false } pace }, Running: { } running })
            pace.Note(gate.Now - running.ResumedAt, running.Bytes);

        bound.Running?.EndOk();
    }

    /// <summary>The record of an export of the statement, which is running.</summary>
    public ExportRecord RecordExport(BoundStatement bound, string format) => new(recorder, bound, format);

    /// <summary>How much an execution of the statement may return.</summary>
    public RowLimits LimitsOf(BoundStatement bound) => gate.LimitsOf(bound.Ruling.Permit);
}
