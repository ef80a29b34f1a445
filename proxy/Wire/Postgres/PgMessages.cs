namespace JitProxy.Wire.Postgres;

/// <summary>Messages without a body, whole, ready to be copied out.</summary>
public static class PgMessages
{
    /// <summary>BindComplete.</summary>
    public static ReadOnlySpan<byte> BindComplete => "2\0\0\0\u0004"u8;

    /// <summary>CloseComplete.</summary>
    public static ReadOnlySpan<byte> CloseComplete => "3\0\0\0\u0004"u8;

    /// <summary>CopyDone, in either direction.</summary>
    public static ReadOnlySpan<byte> CopyDone => "c\0\0\0\u0004"u8;

    /// <summary>EmptyQueryResponse.</summary>
    public static ReadOnlySpan<byte> EmptyQueryResponse => "I\0\0\0\u0004"u8;

    /// <summary>Flush.</summary>
    public static ReadOnlySpan<byte> Flush => "H\0\0\0\u0004"u8;

    /// <summary>NoData.</summary>
    public static ReadOnlySpan<byte> NoData => "n\0\0\0\u0004"u8;

    /// <summary>ParseComplete.</summary>
    public static ReadOnlySpan<byte> ParseComplete => "1\0\0\0\u0004"u8;

    /// <summary>PortalSuspended.</summary>
    public static ReadOnlySpan<byte> PortalSuspended => "s\0\0\0\u0004"u8;

    /// <summary>Sync.</summary>
    public static ReadOnlySpan<byte> Sync => "S\0\0\0\u0004"u8;

    /// <summary>Terminate.</summary>
    public static ReadOnlySpan<byte> Terminate => "X\0\0\0\u0004"u8;
}
