using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;
using JitProxy.Server.Share;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Sessions;

/// <summary>One session, of either engine, from its first statement to its end: runs the two directions, and cleans up behind them.</summary>
internal abstract class DatabaseSession : IWatched, IDisposable
{
    /// <summary>How long a client may take to be told why its session ends.</summary>
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(2);

    private readonly Connection _client;
    private readonly Connection _upstream;
    private readonly Func<bool> _isWelcome;
    private readonly CatalogueUses _uses;
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource<SessionEnd> _ordered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Idleness? _idleness;
    private volatile Running[] _unwanted = [];

    /// <summary>A session between two connections that are both logged in.</summary>
    /// <param name="services">What all sessions share.</param>
    /// <param name="who">Whose it is.</param>
    /// <param name="client">The client's connection.</param>
    /// <param name="upstream">The server's connection.</param>
    /// <param name="cancel">Has the server cancel what runs, within a time.</param>
    /// <param name="isWelcome">Asked now and then: false ends the session.</param>
    protected DatabaseSession(
        SessionServices services, SessionIdentity who, Connection client, Connection upstream, Func<TimeSpan, Task> cancel, Func<bool> isWelcome)
    {
        (Services, Who, _client, _upstream, Canceller, _isWelcome) = (services, who, client, upstream, new(cancel), isWelcome);
        Parameters = services.CreateParameters();
        _idleness = upstream is OnDemandConnection onDemand ? new(this, onDemand) : null;
        _uses = new(services.Catalogues);
        _uses.Add(who.QualifiedDatabase);
    }

    /// <summary>True if the client was sent a fatal error last. Its connection is left open, for a reset could overtake it.</summary>
    public abstract bool SaidFarewell { get; }

    /// <summary>The statement whose result was described last, with what becomes of its columns. For whoever has read that description.</summary>
    public abstract BoundStatement? LastPlanned { get; }

    /// <summary>
    /// True once the session ended and its connection to the server can be another's: nothing is under way there, and what was set can be reset.
    /// Otherwise the connection is aborted.
    /// </summary>
    public bool LeavesUpstreamClean { get; private set; }

    /// <summary>Counts what was sent to the server: while it stays the same, nothing was.</summary>
    public virtual long UpstreamUses => 0;

    /// <summary>Counts what the client sent: while it stays the same, nothing was.</summary>
    public virtual long ClientUses => 0;

    /// <summary>True if the session has nothing that a new one of the same client would not have.</summary>
    public virtual bool MayRest => false;

    /// <summary>True if nobody could tell whether the next statement runs on the connection of the last one, or on another that is as new.</summary>
    public bool MayLeaveUpstream => Canceller.Count == 0 && Running.IsEmpty && IsUpstreamClean && !IsBoundToUpstream;

    /// <inheritdoc/>
    public string User => Who.User;

    /// <inheritdoc/>
    public string Server => Who.Server;

    /// <inheritdoc/>
    public IReadOnlyList<Running> Underway => Running.Snapshot();

    /// <summary>What all sessions share.</summary>
    protected SessionServices Services { get; }

    /// <summary>Whose session it is, and in which database.</summary>
    protected SessionIdentity Who { get; private set; }

    /// <summary>Cancels what runs upstream.</summary>
    protected UpstreamCanceller Canceller { get; }

    /// <summary>The executions under way.</summary>
    protected RunningSet Running { get; } = new();

    /// <summary>Encodes parameters for the trail.</summary>
    protected ParameterEncoder Parameters { get; }

    /// <summary>True if the connection to the server was lent to the session, and is to be given back.</summary>
    protected virtual bool KeepsUpstream => false;

    /// <summary>True if nothing is under way on the connection to the server, and nothing there but what a reset takes back.</summary>
    protected virtual bool IsUpstreamClean => false;

    /// <summary>True once something was left on the connection to the server, or said about it.</summary>
    protected virtual bool IsBoundToUpstream => true;

    /// <summary>True while the server owes an answer.</summary>
    protected abstract bool IsAnswerOwed { get; }

    /// <summary>True while the client has a message in part only: whatever came now would be taken for the rest of it.</summary>
    protected abstract bool IsMidMessage { get; }

    /// <summary>Runs the session.</summary>
    /// <param name="stop">The proxy is stopping.</param>
    public async Task<SessionEnd> RunAsync(CancellationToken stop)
    {
        using var stopping = stop.UnsafeRegister(static (session, _) => ((DatabaseSession)session!)._ordered.TrySetResult(SessionEnd.ProxyStopped), this);
        Services.Watch.Add(this);
        var rests = false;
        try
        {
            // It may have been ordered while the client rested.
            EvictIfUnwelcome();
            var client = RunSideAsync(RunClientSideAsync);
            var upstream = RunSideAsync(RunUpstreamSideAsync);
            var first = await Task.WhenAny(client, upstream, _ordered.Task);

            // Both sides stand still before anything more is said: a farewell must be the last that the client hears.
            StopSides();
            await Task.WhenAll(client, upstream);
            var end = _ordered.Task.IsCompletedSuccessfully ? await _ordered.Task : await first;
            await SayFarewellAsync(end);
            await StopWorkAsync(end);

            // A cancel request that came late would hit the next session.
            LeavesUpstreamClean = KeepsUpstream && Canceller.Count == 0 && Running.IsEmpty && IsUpstreamClean
                && end is not (SessionEnd.UpstreamLost or SessionEnd.UpstreamViolation or SessionEnd.OutOfStep or SessionEnd.StateChanged);
            rests = end == SessionEnd.Resting;
            return end;
        }
        finally
        {
            Services.Watch.Remove(this);
            AbandonAll("the session ended");
            if (!LeavesUpstreamClean && !rests)
                _upstream.Abort();

            if (!SaidFarewell && !rests)
                _client.Abort();
        }
    }

    /// <summary>Cancels whatever is under way, as its client asks over another connection.</summary>
    public void CancelByClient()
    {
        if (!IsAnswerOwed)
            return;

        _unwanted = Running.Snapshot();
        _ = Canceller.Send();
    }

    /// <summary>Ends the session's run with <see cref="SessionEnd.Resting"/> if it still may rest; on its loop thread.</summary>
    public virtual void RestSoon()
    {
    }

    /// <summary>Ends the session, as its client asks over another connection.</summary>
    public void EndByClient() => _ordered.TrySetResult(SessionEnd.Killed);

    /// <inheritdoc/>
    public void EvictIfUnwelcome()
    {
        if (!_isWelcome())
            _ordered.TrySetResult(SessionEnd.Evicted);
    }

    /// <inheritdoc/>
    public void Look()
    {
        EvictIfUnwelcome();
        _idleness?.Look();
        if (Running.IsEmpty)
            return;

        var now = Services.Gate.Now;
        var isCancelDue = false;
        foreach (var running in Running.Snapshot())
        {
            if (running.Abort is null && FindObjection(running, now) is { } refusal)
                running.TryAbort(refusal);

            isCancelDue |= running is { IsSuspended: false, IsShared: false } && (running.Abort is not null || Array.IndexOf(_unwanted, running) >= 0);
        }

        // A server forgets a cancel that comes while it is between two messages, so one is not enough: each look sends another until
        // the execution has ended.
        if (isCancelDue)
            _ = Canceller.Send();
    }

    /// <summary>The session has another default database now.</summary>
    protected void Move(SessionIdentity who)
    {
        Who = who;
        _uses.Add(who.QualifiedDatabase);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_upstream is OnDemandConnection onDemand)
            onDemand.OnLeft = null;
        Parameters.Dispose();
        _uses.Dispose();
        _over.Dispose();
    }

    /// <summary>Reads the client until either side ends.</summary>
    protected abstract Task<SessionEnd> RunClientSideAsync(CancellationToken stop);

    /// <summary>Reads the server until either side ends.</summary>
    protected abstract Task<SessionEnd> RunUpstreamSideAsync(CancellationToken stop);

    /// <summary>True if the client should hear of an end like this; false if it has heard of it, or left by itself.</summary>
    protected abstract bool IsWorthSaying(SessionEnd end);

    /// <summary>Sends the client its last message.</summary>
    protected abstract ValueTask SayLastAsync(Refusal why, CancellationToken stop);

    /// <summary>Lets go of whoever waits for an answer.</summary>
    protected abstract void Abandon(string reason);

    /// <summary>The session ends: whoever waits for something other than a connection stops waiting.</summary>
    protected virtual void OnStopping()
    {
    }

    private async Task<SessionEnd> RunSideAsync(Func<CancellationToken, Task<SessionEnd>> side)
    {
        try
        {
            return await side(_over.Token);
        }
        catch (PeerLostException lost)
        {
            return lost.End;
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            return SessionEnd.ProxyStopped;
        }
    }

    /// <summary>Reads are called off once here: a token with each of them would cost a registration per message.</summary>
    private void StopSides()
    {
        // Not on another thread: whoever waits is let go, and goes on elsewhere.
        _over.Cancel();
        OnStopping();
        _client.Input.CancelPendingRead();
        _upstream.Input.CancelPendingRead();
    }

    private Refusal? FindObjection(Running running, DateTimeOffset now)
    {
        var refusal = running.Permit is { } permit ? Services.Gate.FindObjection(Who, permit, running.IsExport) : null;
        return refusal ?? TimeLimit.FindObjection(running, Services.Policies.Current.Limits, now);
    }

    /// <summary>The client is told why, unless it left by itself or the server told it already.</summary>
    private async ValueTask SayFarewellAsync(SessionEnd end)
    {
        if (IsMidMessage || Farewells.Of(end) is not { } why || !IsWorthSaying(end))
            return;

        using var soon = new CancellationTokenSource(FarewellTimeout);
        try
        {
            await SayLastAsync(why, soon.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Services.Log.FarewellNotHeard(Who.User, end, e.Message);
        }
    }

    /// <summary>Work that goes on upstream for a client that is gone is cancelled; what became of it is not known.</summary>
    private async ValueTask StopWorkAsync(SessionEnd end)
    {
        if (Running.IsEmpty)
            return;

        if (end is not (SessionEnd.UpstreamLost or SessionEnd.UpstreamViolation))
            await Canceller.SendUntilEndedAsync(Running);

        AbandonAll($"the session ended first ({end})");
    }

    private void AbandonAll(string reason)
    {
        foreach (var running in Running.Snapshot())
            running.EndUnknown(reason);

        Abandon(reason);
    }
}
