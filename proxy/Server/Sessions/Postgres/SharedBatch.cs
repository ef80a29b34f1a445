using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>A pipeline of one execution, whole: [Parse] Bind [Describe of the portal] Execute Sync, all of the unnamed portal.</summary>
/// <remarks>What clients send for a statement with parameters, in one go. Anything else is no such batch, and takes the general way.</remarks>
/// <param name="Parse">Where the body of the Parse is; empty without one.</param>
/// <param name="Bind">Where the body of the Bind is.</param>
/// <param name="HasDescribe">True if the client asks for the description of the rows.</param>
/// <param name="Size">Bytes of all messages.</param>
internal readonly record struct SharedBatch(Range Parse, Range Bind, bool HasDescribe, int Size)
{
    /// <summary>True if it begins with a Parse.</summary>
    public bool HasParse => !Parse.Equals(default);

    /// <summary>Reads what was received; null if it is anything else, or not all of it is here.</summary>
    public static SharedBatch? Read(ReadOnlySpan<byte> received)
    {
        var at = 0;
        var parse = default(Range);
        var tag = Next(received, ref at, out var body);
        if (tag == PgClientTag.Parse)
        {
            parse = body;
            tag = Next(received, ref at, out body);
        }

        if (tag != PgClientTag.Bind)
            return null;

        var bind = body;
        tag = Next(received, ref at, out body);
        var hasDescribe = tag == PgClientTag.Describe;
        if (hasDescribe)
        {
            // The portal without a name: its kind, and the end of the name.
            if (!received[body].SequenceEqual("P\0"u8))
                return null;

            tag = Next(received, ref at, out body);
        }

        // No name, and no limit of rows.
        if (tag != PgClientTag.Execute || !received[body].SequenceEqual("\0\0\0\0\0"u8))
            return null;

        return Next(received, ref at, out body) == PgClientTag.Sync && received[body].IsEmpty ? new(parse, bind, hasDescribe, at) : null;
    }

    private static PgClientTag Next(ReadOnlySpan<byte> received, ref int at, out Range body)
    {
        body = default;
        if (received.Length - at < PgFrameHeader.Size)
            return default;

        var size = PgFrameHeader.SizeOf(received[at..]);
        if (size < PgFrameHeader.Size || size > received.Length - at)
            return default;

        var tag = (PgClientTag)received[at];
        body = (at + PgFrameHeader.Size)..(at + (int)size);
        at += (int)size;
        return tag;
    }
}
