namespace JitProxy.Server.Accept;

/// <summary>What a listener does with connections. The listener closes each when its task ends.</summary>
/// <param name="Serve">Serves a client to its end. The token fires when the listener stops: finish what runs and return.</param>
/// <param name="Refuse">Tells a client that there are too many, within moments; null closes without a word.</param>
/// <param name="StartsOnLoop">True if a client is served on its loop thread from the start, where there is one; otherwise that is the thread pool.</param>
internal sealed record ListenerHandlers(
    Func<Connection, CancellationToken, Task> Serve,
    Func<Connection, CancellationToken, Task>? Refuse = null,
    bool StartsOnLoop = false);
