namespace JitProxy.Server.Configuration;

/// <summary>`limits`: what one execution, one message and the whole proxy may use.</summary>
internal sealed record LimitsConfiguration
{
    /// <summary>The values when the file says nothing.</summary>
    public static readonly LimitsConfiguration Default = new();

    // The proxy watches the limits itself; the server's own is for the case that the proxy is gone.
    private static readonly TimeSpan ServerGrace = TimeSpan.FromSeconds(5);

    // The catalogue of a large database takes a second or two.
    private static readonly TimeSpan HousekeepingMax = TimeSpan.FromSeconds(10);

    /// <summary>Rows of one execution without export.</summary>
    public long Rows { get; init; } = 1000;

    /// <summary>Bytes of one execution's result without export.</summary>
    public long ResultSize { get; init; } = 100L << 20;

    /// <summary>How long a statement may run upstream.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the rows of a statement may leave as an export.</summary>
    public TimeSpan ExportTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a statement may run that runs without a grant.</summary>
    public TimeSpan HousekeepingTimeout => StatementTimeout < HousekeepingMax ? StatementTimeout : HousekeepingMax;

    /// <summary>How long the server itself lets a statement go on.</summary>
    /// <param name="isExport">True if its rows leave as an export.</param>
    public TimeSpan ServerTimeout(bool isExport) => (isExport ? ExportTimeout : StatementTimeout) + ServerGrace;

    /// <summary>Client connections at one time, over all servers.</summary>
    public int Connections { get; init; } = 10_000;

    /// <summary>Sessions of one person at one time, over all servers.</summary>
    public int ConnectionsPerUser { get; init; } = 10_000;

    /// <summary>How long a client may take from connect to signed in.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The functions of users that statements may call.</summary>
    public AdmittedFunctions Functions { get; init; } = AdmittedFunctions.None;

    /// <summary>Bytes of the largest message that is read from either side.</summary>
    public int FrameSize { get; init; } = 16 << 20;
}
