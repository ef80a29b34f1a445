using JitProxy.Server.Decide;
using JitProxy.Server.Export;

namespace JitProxy.Server.Capture;

/// <summary>A statement of PostgreSQL bound to its parameters, or a part of a simple query.</summary>
internal sealed class Portal(ClientStatement statement, byte[] upstreamName) : BoundStatement(statement)
{
    /// <summary>The statement that was bound.</summary>
    public ClientStatement Statement { get; } = statement;

    /// <summary>What the client calls it; empty for the unnamed portal.</summary>
    public string Name { get; set; } = "";

    /// <summary>The portal's name upstream.</summary>
    public byte[] UpstreamName { get; } = upstreamName;

    /// <summary>True if it is a part of a Query, whose answer has no NoData and no BindComplete.</summary>
    public bool IsSimple { get; init; }

    /// <summary>The copy that its rows leave as; null if they leave as rows, or before they are described.</summary>
    public CopyStream? Copy { get; set; }

    /// <summary>True once a Describe of the portal went upstream, so that the shape of its rows is known before they come.</summary>
    public bool IsDescribed { get; set; }

    /// <summary>True once no message can name it any more.</summary>
    public bool IsReleased { get; private set; }

    /// <summary>The same grant decides anew, because catalogue or masking policy changed: shape and masks are asked for again.</summary>
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
