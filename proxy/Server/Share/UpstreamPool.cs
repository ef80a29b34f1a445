using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Share;

/// <summary>Connections to one server that are signed in: a session takes one, and leaves it behind as new.</summary>
/// <remarks>
/// Whatever a session left on a connection is reset by the server before another session has it; a connection that is not plainly idle, or whose
/// reset is not plainly answered, is closed. Safe for use by many threads.
/// </remarks>
/// <typeparam name="T">A connection with what its login agreed on.</typeparam>
/// <param name="limits">The limits in force.</param>
/// <param name="connectionOf">The connection itself.</param>
/// <param name="reset">Has the server forget what a session left; false if that failed.</param>
/// <param name="clock">The clock.</param>
internal sealed class UpstreamPool<T>(
    Func<PoolConfiguration> limits, Func<T, Connection> connectionOf, Func<T, CancellationToken, Task<bool>> reset, TimeProvider clock) : IDisposable
    where T : class
{
    /// <summary>A connection is not used again after this time: the server may be configured otherwise by then.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ResetTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock _sync = new();
    private readonly LinkedList<Idle> _idle = new();
    private readonly Queue<PoolWaiter<T>> _waiting = new();
    private ITimer? _sweep;
    private int _count;
    private bool _isDisposed;

    /// <summary>Takes a connection: one that waits, or a new one; when all are in use, after those who asked before.</summary>
    /// <param name="key">What it has to be like.</param>
    /// <param name="dial">Opens a new one.</param>
    /// <param name="timeout">How long one may wait for another session to leave its own.</param>
    /// <param name="stop">The proxy is stopping.</param>
    public async Task<(Lease<T>? Lease, UpstreamFault? Fault)> TakeAsync(
        PoolKey key, Func<Task<(T? Upstream, UpstreamFault? Fault)>> dial, TimeSpan timeout, CancellationToken stop)
    {
        if (Reserve(key, out var idle) is { } waiter)
        {
            if (await WaitAsync(waiter, timeout, stop) is not { } granted)
                return (null, new($"all {limits().Max} connections that upstream.pool.max allows are in use", "53300"));

            if (granted.Lease is { } handed)
                return (handed, null);
        }
        else if (idle is not null)
        {
            idle.Connection.Input.CancelPendingRead();

            // If the server closed it meanwhile, its place is free for a new one.
            if (await idle.Watch!)
                return (idle.Lease, null);
        }

        var (upstream, fault) = (default(T), default(UpstreamFault));
        try
        {
            (upstream, fault) = await dial();
        }
        finally
        {
            if (upstream is null)
                Release();
        }

        return upstream is null ? (null, fault) : (new(key, upstream, clock.GetUtcNow()), null);
    }

    /// <summary>A session leaves its connection. Does not wait.</summary>
    /// <param name="lease">The connection.</param>
    /// <param name="isClean">True if it is idle, outside of a transaction, and what was set there can be reset.</param>
    public void Return(Lease<T> lease, bool isClean) => _ = ReturnAsync(lease, isClean);

    /// <summary>What there is now. Safe on any thread.</summary>
    public PoolFigures Look()
    {
        lock (_sync)
            return new(_count - _idle.Count, _idle.Count, _waiting.Count(static waiter => !waiter.Turn.Task.IsCompleted), limits().Max);
    }

    /// <summary>The connection itself.</summary>
    public Connection ConnectionOf(Lease<T> lease) => connectionOf(lease.Upstream);

    /// <inheritdoc/>
    public void Dispose()
    {
        Idle[] left;
        lock (_sync)
        {
            _isDisposed = true;
            _sweep?.Dispose();
            left = [.. _idle];
            _idle.Clear();
        }

        foreach (var idle in left)
            idle.Connection.Abort();
    }

    private async Task ReturnAsync(Lease<T> lease, bool isClean)
    {
        var connection = ConnectionOf(lease);
        var isKept = false;
        try
        {
            using var soon = new CancellationTokenSource(ResetTimeout, clock);
            isKept = isClean && limits().Idle > 0 && clock.GetUtcNow() - lease.BornAt < Lifetime && await reset(lease.Upstream, soon.Token)
                && TryKeep(new(lease, connection, clock.GetUtcNow()));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or Wire.ProtocolViolationException)
        {
            // It is closed below: a connection that does not answer as it should is nobody's.
        }
        finally
        {
            if (!isKept)
            {
                await connection.DisposeAsync();
                Release();
            }
        }
    }

    // A place in the queue; without one there is a connection that waits, or the right to open one.
    private PoolWaiter<T>? Reserve(PoolKey key, out Idle? idle)
    {
        Idle? evicted = null;
        lock (_sync)
        {
            idle = TakeIdle(key);
            if (idle is not null)
                return null;

            if (_count < limits().Max)
            {
                _count++;
                return null;
            }

            // One that nobody of this kind can use makes room.
            if (_idle.Last is not { } last)
            {
                var waiter = new PoolWaiter<T>(key);
                _waiting.Enqueue(waiter);
                return waiter;
            }

            evicted = last.Value;
            _idle.RemoveLast();
        }

        evicted.Connection.Abort();
        return null;
    }

    // Null if the time is over.
    private async Task<PoolTurn<T>?> WaitAsync(PoolWaiter<T> waiter, TimeSpan timeout, CancellationToken stop)
    {
        try
        {
            return await waiter.Turn.Task.WaitAsync(timeout, clock, stop);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            if (waiter.Turn.TrySetResult(new(null)))
                return e is TimeoutException ? null : throw new OperationCanceledException("the proxy is stopping", e);

            // The turn came at the same moment.
            return await waiter.Turn.Task;
        }
    }

    private Idle? TakeIdle(PoolKey key)
    {
        for (var node = _idle.First; node is not null; node = node.Next)
        {
            if (node.Value.Lease.Key != key)
                continue;

            _idle.Remove(node);
            return node.Value;
        }

        return null;
    }

    private bool TryKeep(Idle idle)
    {
        Idle? evicted = null;
        lock (_sync)
        {
            while (_waiting.TryPeek(out var next))
            {
                // Whoever waits for another kind opens one in this one's place.
                if (next.Key != idle.Lease.Key)
                    return false;

                _waiting.Dequeue();
                if (next.Turn.TrySetResult(new(idle.Lease)))
                    return true;
            }

            var max = limits().Idle;
            if (_isDisposed || max == 0)
                return false;

            // What was used last is what will be used next.
            if (_idle.Count >= max && _idle.Last is { } last)
            {
                evicted = last.Value;
                _idle.RemoveLast();
                _count--;
            }

            _sweep ??= clock.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
            _idle.AddFirst(idle);
            idle.Watch = WatchAsync(idle);
        }

        evicted?.Connection.Abort();
        return true;
    }

    // Nothing may come while nobody has it; it ends with the word of who takes it, or by itself.
    private async Task<bool> WatchAsync(Idle idle)
    {
        var isTaken = false;
        try
        {
            var read = await idle.Connection.Input.ReadAsync();
            isTaken = read is { IsCanceled: true, IsCompleted: false, Buffer.IsEmpty: true };
            idle.Connection.Input.AdvanceTo(read.Buffer.Start);
        }
        catch (IOException)
        {
            // The server closed it.
        }

        if (isTaken)
            return true;

        // Who took it off the list has its place.
        var isOurs = TryForget(idle);
        await idle.Connection.DisposeAsync();
        if (isOurs)
            Release();

        return false;
    }

    private bool TryForget(Idle idle)
    {
        lock (_sync)
            return _idle.Remove(idle);
    }

    // A place is free: it goes to who waits longest.
    private void Release()
    {
        lock (_sync)
        {
            while (_waiting.TryDequeue(out var next))
            {
                if (next.Turn.TrySetResult(new(null)))
                    return;
            }

            _count--;
        }
    }

    private void Sweep()
    {
        var before = clock.GetUtcNow() - limits().MaxIdleTime;
        var late = new List<Idle>();
        lock (_sync)
        {
            while (_idle.Last is { } last && last.Value.Since < before)
            {
                late.Add(last.Value);
                _idle.RemoveLast();
            }
        }

        foreach (var idle in late)
        {
            idle.Connection.Abort();
            Release();
        }
    }

    private sealed record Idle(Lease<T> Lease, Connection Connection, DateTimeOffset Since)
    {
        public Task<bool>? Watch { get; set; }
    }
}
