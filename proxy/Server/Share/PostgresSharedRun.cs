using JitProxy.Server.Capture;
using JitProxy.Server.Mask;

namespace JitProxy.Server.Share;

/// <summary>A run of PostgreSQL, with the answer that its client gets.</summary>
internal sealed class PostgresSharedRun(RowPlanner planner) : SharedRun
{
    /// <summary>What runs.</summary>
    public Portal Portal { get; private set; } = null!;

    /// <summary>True if the client sent a Parse and waits for ParseComplete.</summary>
    public bool RelaysParse { get; private set; }

    /// <summary>True if the client asked for the description of the rows; a Query always does.</summary>
    public bool RelaysShape { get; private set; }

    /// <summary>Plans the masks of its rows.</summary>
    public RowPlanner Planner => planner;

    /// <summary>The answer, whole once <see cref="SharedRun.Outcome"/> says so.</summary>
    public RowScratch Answer { get; private set; } = new();

    /// <summary>Begins a run.</summary>
    public void Begin(Portal portal, bool relaysParse, bool relaysShape)
    {
        (Portal, RelaysParse, RelaysShape) = (portal, relaysParse, relaysShape);
        Answer.Reset();
        Begin();
    }

    /// <summary>The answer was passed on: whatever it held is let go.</summary>
    public void Forget()
    {
        Close();
        Portal = null!;
        if (Answer.Length > AnswerSizeKept)
            Answer = new();
    }
}
