using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions;

namespace JitProxy.Server.Share;

/// <summary>A session's place in the pool of its server: the connection that it has, as long as it has one.</summary>
/// <typeparam name="T">A connection with what its login agreed on.</typeparam>
/// <param name="client">The client's connection.</param>
/// <param name="pool">Where connections come from.</param>
/// <param name="source">How the session gets its own.</param>
internal sealed class PooledConnection<T>(Connection client, UpstreamPool<T> pool, IUpstreamSource<T> source) : OnDemandConnection(client)
    where T : class
{
    private volatile Lease<T>? _lease;

    /// <summary>What the session has now; null if it has nothing.</summary>
    public T? Upstream => _lease?.Upstream;

    /// <summary>Takes the one that the session begins with; an answer is why there is none.</summary>
    /// <param name="stop">The proxy is stopping.</param>
    public async Task<UpstreamFault?> BeginAsync(CancellationToken stop)
    {
        var (lease, fault) = await TakeLeaseAsync(stop);
        if (lease is null)
            return fault;

        _lease = lease;
        Begin(pool.ConnectionOf(lease));
        return null;
    }

    /// <inheritdoc/>
    protected override async Task<Connection> TakeAsync(CancellationToken stop)
    {
        try
        {
            if (!await source.IsUnchangedAsync(stop))
                throw Lost(SessionEnd.UpstreamChanged, "the server is configured otherwise than when the session began");
        }
        catch (CatalogueFaultException e)
        {
            throw Lost(SessionEnd.UpstreamUnavailable, e.Fault.ForLog);
        }

        var (lease, fault) = await TakeLeaseAsync(stop);
        if (lease is null)
            throw Lost(SessionEnd.UpstreamUnavailable, fault!.ForLog);

        // The client was told what the server said at first.
        if (!source.IsAsTold(lease.Upstream))
        {
            pool.Return(lease, isClean: true);
            throw Lost(SessionEnd.UpstreamChanged, "the server has other settings than when the session began");
        }

        _lease = lease;
        return pool.ConnectionOf(lease);
    }

    /// <inheritdoc/>
    protected override void GiveBack(bool isClean)
    {
        if (_lease is not { } lease)
            return;

        _lease = null;
        pool.Return(lease, isClean);
    }

    private Task<(Lease<T>? Lease, UpstreamFault? Fault)> TakeLeaseAsync(CancellationToken stop) =>
        pool.TakeAsync(source.Key, () => source.DialAsync(stop), Dialer.Timeout, stop);

    private PeerLostException Lost(SessionEnd end, string why)
    {
        source.OnLost(why);
        return new(end, new IOException(why));
    }
}
