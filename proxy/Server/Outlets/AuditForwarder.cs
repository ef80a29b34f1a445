// Task: bring every record to one receiver at least once, in order. The trail is the queue, so nothing piles up in memory and no statement waits;
// how far the receiver is lies in the database, so that a restart goes on there.
using JitProxy.Storage;
using JitProxy.Storage.Audit;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Outlets;

/// <summary>Sends the records of the trail to one receiver until it is disposed of.</summary>
internal sealed partial class AuditForwarder : IAsyncDisposable
{
    private const int BatchMax = 500;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(1);

    private readonly AuditTrail _trail;
    private readonly IOutlet _outlet;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private long _position;
    private long _kept;

    /// <summary>Starts where the receiver left off; a new one begins with the next record.</summary>
    public AuditForwarder(string name, AuditTrail trail, IOutlet outlet, ILogger log, TimeProvider clock)
    {
        (Name, _trail, _outlet, _log, _clock) = (name, trail, outlet, log, clock);
        _position = _kept = trail.Receivers.Find(name) ?? Begin(trail, name);
        _work = Task.Run(RunAsync);
    }

    /// <summary>The receiver's name.</summary>
    public string Name { get; }

    /// <summary>The last record that it has.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Why it gets nothing now; null when all is well.</summary>
    public string? Fault { get; private set => Volatile.Write(ref field, value); }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        await _outlet.DisposeAsync();
        _stop.Dispose();
    }

    private static long Begin(AuditTrail trail, string name)
    {
        trail.Receivers.Keep(name, trail.LastSeq);
        return trail.LastSeq;
    }

    private async Task RunAsync()
    {
        var pause = new Backoff(PauseMin, PauseMax, _clock);
        var keptAt = _clock.GetTimestamp();
        try
        {
            while (await _trail.WaitForAsync(_position + 1, _stop.Token))
            {
                // Records gather, so that a busy proxy sends hundreds at a time.
                await Task.Delay(Gathering, _clock, _stop.Token);
                var sent = await SendAsync();
                if (sent is null)
                {
                    await pause.WaitAsync(_stop.Token);
                    continue;
                }

                pause.Reset();
                if (sent < BatchMax || _clock.GetElapsedTime(keptAt) > KeepInterval)
                {
                    Keep();
                    keptAt = _clock.GetTimestamp();
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end: what was sent and not kept is sent again at the next start.
        }

        Keep();
    }

    // How many records the receiver took; null when it took none.
    private async Task<int?> SendAsync()
    {
        string? fault;
        List<AuditRecord> batch = [];
        try
        {
            batch = [.. _trail.ReadCommitted(new AuditFilter { AfterSeq = _position, Limit = BatchMax })];
            fault = batch.Count == 0 ? null : await _outlet.SendAsync(batch, _stop.Token);
        }
        catch (StoreException e)
        {
            fault = e.Message;
        }

        if (fault is not null && Fault is null)
            LogFault(_log, Name, fault);
        else if (fault is null && Fault is not null)
            LogRecovered(_log, Name);
        Fault = fault;
        if (fault is not null)
            return null;
        if (batch.Count > 0)
            Volatile.Write(ref _position, batch[^1].Seq);
        return batch.Count;
    }

    private void Keep()
    {
        if (_kept == _position)
            return;

        try
        {
            _trail.Receivers.Keep(Name, _position);
            _kept = _position;
        }
        catch (StoreException e)
        {
            // Then more is sent again after a restart; nothing is lost.
            LogFault(_log, Name, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The audit trail cannot be forwarded to {Name}: {Fault}")]
    private static partial void LogFault(ILogger log, string name, string fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "The audit trail is forwarded to {Name} again")]
    private static partial void LogRecovered(ILogger log, string name);
}
