using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Export;
using JitProxy.Server.Forward;
using JitProxy.Server.Mask;
using JitProxy.Server.Record;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Rows on their way to the client: masked by the plan of their own shape, counted, and held to the limits.</summary>
internal sealed class RowRelay(SessionLink link, CutOff cutOff, RowPlanner planner, SessionIdentity who)
{
    private const int RowHeaderSize = PgFrameHeader.Size + sizeof(short);

    /// <summary>A row of a copy that is larger, in bytes, is not passed on.</summary>
    private const int CopiedRowSizeMax = 64 * 1024 * 1024;

    private readonly RowMasker _masker = new();
    private readonly RowScratch _masked = new();
    private Portal? _portal;
    private MaskPlan? _plan;
    private RowLimits _limits;

    /// <summary>True while rows of a known portal come in.</summary>
    public bool IsOpen => _portal is not null;

    /// <summary>How the session ended if a large row could not be brought to its end.</summary>
    public SessionEnd LargeRowEnd { get; private set; }

    /// <summary>Rows of this portal begin, or go on.</summary>
    public void Open(Portal portal)
    {
        _portal = portal;
        _plan = portal.Plan;
        _limits = planner.LimitsOf(portal);
        if (portal.Running is { } running && _plan is { } plan)
            running.Masked = plan.MaskedColumns;
    }

    /// <summary>No more rows of it for now.</summary>
    public void Close() => _portal = null;

    /// <summary>The execution whose rows are here although its record is not as durable as it has to be; null if all is well.</summary>
    public Running? Unrecorded => _portal?.Running is { IsDurable: false, Abort: null } running ? running : null;

    /// <summary>Opens the portal whose rows are owed now, for a row that is not whole yet.</summary>
    public bool TryTakeTurn()
    {
        if (_portal is not null)
            return true;

        link.WriteDueLocals();
        if (!link.Conversation.TryPeek(out var owed) || owed.Expected != Expected.Rows)
            return false;

        Open((Portal)owed.Subject!);
        return true;
    }

    /// <summary>The rows of a portal were described: plans what becomes of them, and begins a copy if they leave as one.</summary>
    /// <param name="portal">The portal.</param>
    /// <param name="frame">The description of its rows.</param>
    /// <returns>True if the client may have the description.</returns>
    public bool Describe(Portal portal, ReadOnlySpan<byte> frame)
    {
        var body = frame[PgFrameHeader.Size..];
        if (!cutOff.IsMuted && planner.Plan(portal, body) is { } refusal)
            cutOff.Now(portal.Running, refusal);

        if (portal.Ruling.Copy is not { } how)
            return true;

        if (!cutOff.IsMuted && PgRowDescription.TryParse(body, out var description))
        {
            portal.Copy = new(how, planner.RecordExport(portal, $"copy {how.Format}"), portal.Running);
            if (portal.Copy.Begin(description, link.ClientOutput) is { } unrecorded)
                cutOff.Now(portal.Running, unrecorded);
        }

        return false;
    }

    /// <summary>The server has finished the portal's execution.</summary>
    /// <returns>True if the client may hear of it in the server's own words.</returns>
    public bool End(Portal portal)
    {
        Close();
        if (portal.Running?.Abort is { } late && !cutOff.IsMuted)
            cutOff.Now(portal.Running, late);

        var isCopied = !cutOff.IsMuted && portal.Copy is not null;
        if (isCopied && portal.Copy!.End(link.ClientOutput) is { } unrecorded)
            cutOff.Now(portal.Running, unrecorded);

        if (cutOff.IsMuted)
            portal.Running?.EndUnknown("its rows were discarded: an earlier execution of the same pipeline was cut off");
        else
            planner.EndOk(portal);

        return !isCopied;
    }

    /// <summary>True if a large row of the open portal has to be here whole before it is passed on.</summary>
    public bool HoldsWhole(long size) => _portal?.Copy is not null && size <= CopiedRowSizeMax && !cutOff.IsMuted;

    /// <summary>Passes on one row; false if it contradicts its description.</summary>
    public bool Relay(ReadOnlySpan<byte> frame)
    {
        if (cutOff.IsMuted || !MayPass(frame.Length))
            return true;

        var size = frame.Length;
        if (_portal!.Copy is { } copy)
            size = Copy(copy, frame);
        else if (_plan is { MasksAnything: true } plan)
            size = _masker.TryRewrite(frame, plan.Columns, link.ClientOutput);
        else if (_portal.Ruling.Kind == RulingKind.Granted && !HasColumns(frame))
            size = -1;
        else
            link.ClientOutput.Write(frame);

        if (size < 0)
            return false;

        Count(size);
        return true;
    }

    /// <summary>Passes on a row in pieces.</summary>
    /// <returns>False if the session must end; <see cref="LargeRowEnd"/> says how.</returns>
    public async ValueTask<bool> RelayLargeAsync(int frameSize, CancellationToken stop)
    {
        var plan = _plan;
        if (plan is null && _portal!.Ruling.Kind == RulingKind.Granted)
        {
            LargeRowEnd = SessionEnd.UpstreamViolation;
            return false;
        }

        if (_portal!.Copy is not null && !cutOff.IsMuted)
        {
            var limit = string.Create(CultureInfo.InvariantCulture, $"a row that COPY passes on has at most {CopiedRowSizeMax} bytes");
            cutOff.Now(_portal.Running, Refusal.Statement(DenyReason.MessageNotSupported, who.User, who.QualifiedDatabase, limit, "Run the statement itself."));
        }

        var discard = cutOff.IsMuted || !MayPass(frameSize);
        using var row = new LargeRow(link.UpstreamInput, discard ? null : link.ClientOutput, plan, () => _portal?.Running?.Abort is null);
        link.IsMidMessage = !discard;
        try
        {
            LargeRowEnd = await row.RelayAsync(frameSize, stop);
        }
        catch (IOException)
        {
            LargeRowEnd = row.IsInputLost ? SessionEnd.UpstreamLost : SessionEnd.ClientLost;
        }

        if (LargeRowEnd != SessionEnd.Unspecified)
            return false;

        link.IsMidMessage = false;
        if (!discard)
            Count(frameSize);

        return true;
    }

    // The masked row as the copy writes it; -1 if it contradicts its description.
    private int Copy(CopyStream copy, ReadOnlySpan<byte> frame)
    {
        if (_plan is not { MasksAnything: true } plan)
            return HasColumns(frame) ? copy.WriteRow(frame, link.ClientOutput) : -1;

        _masked.Reset();
        return _masker.TryRewrite(frame, plan.Columns, _masked) < 0 ? -1 : copy.WriteRow(_masked.Written, link.ClientOutput);
    }

    /// <summary>True if the row has as many columns as the description that its plan was made for.</summary>
    private bool HasColumns(ReadOnlySpan<byte> frame) =>
        _plan is { } plan && frame.Length >= RowHeaderSize && BinaryPrimitives.ReadUInt16BigEndian(frame[PgFrameHeader.Size..]) == plan.Columns.Length;

    private bool MayPass(int size)
    {
        if (_portal!.Running is not { } running)
            return true;

        if (running.Abort is { } refusal)
        {
            cutOff.Now(running, refusal);
            return false;
        }

        if (running.Rows >= _limits.Rows)
        {
            cutOff.Now(running, Gate.LimitHit(who, DenyReason.RowLimit, string.Create(CultureInfo.InvariantCulture, $"limits.rows is {_limits.Rows}")));
            return false;
        }

        if (running.Bytes + size > _limits.Bytes)
        {
            var limit = string.Create(CultureInfo.InvariantCulture, $"limits.result_size is {_limits.Bytes} bytes");
            cutOff.Now(running, Gate.LimitHit(who, DenyReason.SizeLimit, limit));
            return false;
        }

        return true;
    }

    private void Count(int size)
    {
        if (_portal!.Running is not { } running)
            return;

        running.Rows++;
        running.Bytes += size;
    }
}
