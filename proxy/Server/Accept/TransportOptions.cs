namespace JitProxy.Server.Accept;

/// <summary>How connections are carried.</summary>
internal sealed record TransportOptions
{
    /// <summary>The machinery.</summary>
    public TransportKind Kind { get; init; } = TransportKind.Auto;

    /// <summary>Count of loop threads of the epoll transport. Half of the processors, at least one, leaves room for the upstream.</summary>
    public int LoopCount { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Seconds without traffic before the first keep-alive probe.</summary>
    public int KeepAliveSeconds { get; init; } = 60;

    /// <summary>Seconds between keep-alive probes.</summary>
    public int KeepAliveIntervalSeconds { get; init; } = 10;

    /// <summary>Unanswered probes after which a connection is lost.</summary>
    public int KeepAliveProbes { get; init; } = 5;

    /// <summary>Milliseconds that sent bytes may stay unacknowledged before a connection is lost (Linux).</summary>
    public int UnacknowledgedMs { get; init; } = 60_000;

    /// <summary>Connections that may wait to be accepted.</summary>
    public int Backlog { get; init; } = 1024;
}
