using JitProxy.Policy.Masking;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Capture;

/// <summary>A statement bound to its parameters, or a part of a simple query: what one run of rows belongs to.</summary>
internal sealed class Portal(ClientStatement statement, byte[] upstreamName)
{
    /// <summary>The statement that was bound.</summary>
    public ClientStatement Statement { get; } = statement;

    /// <summary>The decision under which it was bound; replaced by one of the same grant when catalogue or masking policy change.</summary>
    public Ruling Ruling { get; private set; } = statement.Ruling;

    /// <summary>What the client calls it; empty for the unnamed portal.</summary>
    public string Name { get; set; } = "";

    /// <summary>The portal's name upstream.</summary>
    public byte[] UpstreamName { get; } = upstreamName;

    /// <summary>The parameters as the audit trail keeps them; empty if there are none.</summary>
    public byte[] Parameters { get; init; } = [];

    /// <summary>True if it is a part of a Query, whose answer has no NoData and no BindComplete.</summary>
    public bool IsSimple { get; init; }

    /// <summary>True once a Describe of the portal went upstream, so that the shape of its rows is known before they come.</summary>
    public bool IsDescribed { get; set; }

    /// <summary>What becomes of each column; null until the shape is known.</summary>
    public MaskPlan? Plan { get; set; }

    /// <summary>The execution, from the first Execute on; a portal that is executed in pages has one.</summary>
    public Running? Running { get; set; }

    /// <summary>True once no message can name it any more.</summary>
    public bool IsReleased { get; private set; }

    /// <summary>The same grant decides anew: the shape of its rows is asked for again, and the masks are planned again.</summary>
    public void Renew(Ruling ruling)
    {
        Ruling = ruling;
        IsDescribed = false;
    }

    /// <summary>The client gave it up, or its transaction ended: an execution that was paused in it is over.</summary>
    public void Release()
    {
        IsReleased = true;
        Running?.EndSuspended();
    }
}
