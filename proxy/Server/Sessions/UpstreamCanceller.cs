using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions;

/// <summary>Sends the cancel requests of one session, one at a time, and knows whether one is on its way.</summary>
internal sealed class UpstreamCanceller(Func<TimeSpan, Task> send)
{
    /// <summary>How long a cancel request may take to reach the server.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>How often a client's last statements are cancelled after it left, at growing distances: three seconds in all.</summary>
    private const int CancelsMax = 4;

    private readonly Lock _sync = new();
    private Task _last = Task.CompletedTask;
    private int _count;

    /// <summary>Requests sent so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Completes when the last request was delivered, or could not be.</summary>
    public Task Last
    {
        get
        {
            lock (_sync)
                return _last;
        }
    }

    /// <summary>Sends a request, unless one is on its way. From any thread; does not block.</summary>
    /// <returns>Completes when it was delivered, or could not be.</returns>
    public Task Send()
    {
        lock (_sync)
        {
            if (!_last.IsCompleted)
                return _last;

            Volatile.Write(ref _count, _count + 1);
            return _last = send(Timeout);
        }
    }

    /// <summary>Cancels until nothing is under way any more, or for as long as it may take.</summary>
    /// <remarks>Nobody may be left who reads the server's answer; then these are all there are. A cancel that finds nothing to do does no harm.</remarks>
    public async ValueTask SendUntilEndedAsync(RunningSet running)
    {
        var pause = ExecutionWatch.Interval;
        for (var tries = 0; tries < CancelsMax && running.Snapshot().Any(static r => r is { IsSuspended: false, IsShared: false }); tries++)
        {
            await Send();
            await Task.Delay(pause);
            pause *= 2;
        }
    }
}
