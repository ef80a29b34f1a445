using JitProxy.Storage;

namespace JitProxy.Server.Decide;

/// <summary>Has the desk close stale requests, once a minute.</summary>
internal sealed class StaleRequests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly ITimer _timer;

    /// <summary>Begins at once.</summary>
    public StaleRequests(GrantDesk desk, TimeProvider clock) => _timer = clock.CreateTimer(_ => Look(desk), null, TimeSpan.Zero, Interval);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private static void Look(GrantDesk desk)
    {
        try
        {
            desk.CloseStale();
        }
        catch (StoreException)
        {
            // The store is busy or gone; whoever needs it is told. The next minute tries again.
        }
    }
}
