using JitProxy.Server.Capture;

namespace JitProxy.Server.Forward;

/// <summary>A statement that was, or is being, prepared on one upstream connection under a name of our own.</summary>
/// <remarks>
/// Names are never used twice on a connection. What a client calls "s1" can therefore never be mistaken for what another Parse made of that
/// name, whichever of them the server refused or skipped.
/// </remarks>
internal sealed class UpstreamStatement(byte[] name, byte[] text)
{
    /// <summary>The name that the upstream knows it by; empty for the unnamed statement.</summary>
    public byte[] Name { get; } = name;

    /// <summary>What was sent to be parsed.</summary>
    public byte[] Text { get; } = text;

    /// <summary>True once it is not prepared upstream any more, or never was; it must then be prepared again under a new name.</summary>
    public bool IsLost { get; set; }

    /// <summary>True once the upstream said that it has parsed it; until then an error before it may take it away.</summary>
    public bool IsParsed { get; set; }

    /// <summary>Which batch of messages its Parse was sent in; see <see cref="Sessions.Postgres.Refuser.Batch"/>.</summary>
    public int Batch { get; init; }

    /// <summary>True if it touches masked columns: what the server says against its Parse may hold values.</summary>
    public bool RedactsErrors { get; set; }

    /// <summary>The client's statement whose Parse this was; null if it was prepared without one.</summary>
    public ClientStatement? ParsedFor { get; init; }

    /// <summary>The upstream refused or skipped its Parse, which was the client's of this number; 0 if it was our own.</summary>
    public void Refuse(int parse)
    {
        IsLost = true;
        if (parse != 0)
            ParsedFor?.SkipParse(parse);
    }

    /// <summary>Bind of the unnamed portal without parameters, Describe, Execute and Sync: all of a simple query, ready to send.</summary>
    public byte[]? SimpleRun { get; set; }
}
