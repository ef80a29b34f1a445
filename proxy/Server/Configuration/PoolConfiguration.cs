namespace JitProxy.Server.Configuration;

/// <summary>`servers.NAME.upstream.pool`: connections to the server that are kept between sessions.</summary>
internal sealed record PoolConfiguration
{
    /// <summary>The values when the file says nothing.</summary>
    public static readonly PoolConfiguration Default = new();

    /// <summary>Connections that sessions have or that wait for the next one, at most; who comes when all are in use waits, in order of arrival.</summary>
    public int Max { get; init; } = 10_000;

    /// <summary>Connections that wait for the next session, at most; 0 closes each with its session.</summary>
    public int Idle { get; init; } = 32;

    /// <summary>How long one waits before it is closed.</summary>
    public TimeSpan MaxIdleTime { get; init; } = TimeSpan.FromMinutes(1);
}
