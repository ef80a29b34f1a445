using JitProxy.Policy.Masking;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Mask;
using JitProxy.Server.Record;
using JitProxy.Server.Share;

namespace JitProxy.Server.Sessions;

/// <summary>One PostgreSQL session from the first ReadyForQuery to its end: strings the two directions together and cleans up behind them.</summary>
internal sealed class PostgresSession : IWatched, IDisposable
{
    /// <summary>How long a client may take to be told why its session ends.</summary>
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How often a client's last statements are cancelled after it left, at growing distances: three seconds in all.</summary>
    private const int CancelsMax = 4;

    private readonly Connection _client;
    private readonly Connection _upstream;
    private readonly SessionServices _services;
    private readonly SessionIdentity _who;
    private readonly UpstreamCanceller _canceller;
    private readonly Func<bool> _isWelcome;
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource<SessionEnd> _ordered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SessionLink _link;
    private readonly Refuser _refuser;
    private readonly SharedPath _shared;
    private readonly ClientSide _clientSide;
    private readonly UpstreamSide _upstreamSide;
    private readonly RowPlanner _planner;
    private readonly ErrorRelay _errors;
    private readonly BoundParameters _parameters;
    private volatile Running[] _unwanted = [];

    /// <summary>A session between two connections that are both logged in.</summary>
    public PostgresSession(
        SessionServices services, SessionIdentity who, Connection client, Connection upstream, Func<TimeSpan, Task> cancel, Func<bool> isWelcome,
        Lane? lane = null)
    {
        (_services, _who, _client, _upstream, _canceller, _isWelcome) = (services, who, client, upstream, new(cancel), isWelcome);
        _link = new(client, upstream);
        _refuser = new(_link);
        var judge = new SessionJudge(services.Gate, services.Recorder, who);
        var objects = new SessionObjects();
        var preparer = new StatementPreparer(_link, _refuser);
        var starter = new ExecutionStarter(services.Gate, services.Recorder, who, _link.Running);
        var local = new LocalAnswers(_refuser, preparer, objects);
        var cutOff = new CutOff(_link, _canceller);
        _errors = new(_link, cutOff, services.Gate, who);
        _parameters = services.CreateParameters();
        var configuration = services.Policies.Current.Configuration;
        _planner = new(services.Gate, services.Recorder, who);
        _shared = new(_link, lane, _refuser, starter, judge, objects, _parameters, _planner);
        _clientSide = new(
            _link,
            new(_link, _refuser, preparer, starter, local, judge),
            new(_link, _refuser, preparer, starter, local, judge, objects, _parameters),
            _refuser,
            _shared,
            objects,
            configuration.Limits.FrameSize);
        _upstreamSide = new(_link, _planner, new(_link, cutOff, _planner, who), _errors, cutOff);
    }

    /// <summary>Runs the session.</summary>
    /// <param name="stop">The proxy is stopping.</param>
    public async Task<SessionEnd> RunAsync(CancellationToken stop)
    {
        using var stopping = stop.UnsafeRegister(static (session, _) => ((PostgresSession)session!)._ordered.TrySetResult(SessionEnd.ProxyStopped), this);
        _services.Watch.Add(this);
        try
        {
            var client = RunSideAsync(_clientSide.RunAsync);
            var upstream = RunSideAsync(_upstreamSide.RunAsync);
            var first = await Task.WhenAny(client, upstream, _ordered.Task);

            // Both sides stand still before anything more is said: a FATAL must be the last that the client hears.
            await StopSidesAsync();
            await Task.WhenAll(client, upstream);
            var end = _ordered.Task.IsCompletedSuccessfully ? await _ordered.Task : await first;
            await SayFarewellAsync(end);
            await StopWorkAsync(end);
            return end;
        }
        finally
        {
            _services.Watch.Remove(this);
            Abandon("the session ended");
            _upstream.Abort();
            if (!SaidFarewell)
                _client.Abort();
        }
    }

    /// <summary>What becomes of the columns of the result described last; null if none is planned. For whoever has read that description.</summary>
    public MaskPlan? LastPlan => _planner.LastPlan;

    /// <summary>True if the client was sent a FATAL error last. Its connection is left open, for a reset could overtake it.</summary>
    public bool SaidFarewell => _refuser.SaidFatal || _errors.SaidFarewell;

    /// <summary>Cancels whatever is under way, as the client's cancel request asks.</summary>
    public void CancelByClient()
    {
        if (_link.Conversation.Owed == 0)
            return;

        _unwanted = _link.Running.Snapshot();
        _ = _canceller.Send();
    }

    /// <inheritdoc/>
    public string User => _who.User;

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
        if (_link.Running.IsEmpty)
            return;

        var now = _services.Gate.Now;
        var isCancelDue = false;
        foreach (var running in _link.Running.Snapshot())
        {
            if (running.Abort is null && FindObjection(running, now) is { } refusal)
                running.TryAbort(refusal);

            isCancelDue |= running is { IsSuspended: false, IsShared: false } && (running.Abort is not null || Array.IndexOf(_unwanted, running) >= 0);
        }

        // The server forgets a cancel that comes while it is between two messages, so one is not enough: each look sends another until
        // the execution has ended.
        if (isCancelDue)
            _ = _canceller.Send();
    }

    private Refusal? FindObjection(Running running, DateTimeOffset now)
    {
        var refusal = running.Permit is { } permit ? _services.Gate.FindObjection(_who, permit) : null;
        if (refusal is not null || running.IsSuspended)
            return refusal;

        var limits = _services.Policies.Current.Limits;
        var isFree = running.Permit is null;
        return now - running.ResumedAt > (isFree ? limits.HousekeepingTimeout : limits.StatementTimeout) ? TimedOut(limits, isFree) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _parameters.Dispose();
        _over.Dispose();
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
    private async ValueTask StopSidesAsync()
    {
        await _over.CancelAsync();
        _shared.Abandon();
        _client.Input.CancelPendingRead();
        _upstream.Input.CancelPendingRead();
    }

    /// <summary>The client is told why, unless it left by itself or the server told it already.</summary>
    private async ValueTask SayFarewellAsync(SessionEnd end)
    {
        var (sqlState, message) = end switch
        {
            SessionEnd.UpstreamLost when !_errors.SaidFarewell => ("08006", "the database server closed the connection"),
            SessionEnd.UpstreamViolation => ("08P01", "the database server broke the protocol, so the connection is closed"),
            SessionEnd.Evicted => ("28000", "you may not be signed in any more: the user or the token was removed, or has expired"),
            SessionEnd.ProxyStopped => ("57P01", "JitProxy is stopping"),
            SessionEnd.OutOfStep => ("57014", "a statement was cut off in the middle of a pipeline, so the connection is closed"),
            _ => (null, null),
        };
        if (sqlState is null || _link.IsMidMessage)
            return;

        using var soon = new CancellationTokenSource(FarewellTimeout);
        try
        {
            await _refuser.FatalAsync(sqlState, message!, soon.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            _services.Log.FarewellNotHeard(_who.User, end, e.Message);
        }
    }

    /// <summary>Work that goes on upstream for a client that is gone is cancelled; what became of it is not known.</summary>
    private async ValueTask StopWorkAsync(SessionEnd end)
    {
        if (_link.Running.IsEmpty)
            return;

        if (end is not (SessionEnd.UpstreamLost or SessionEnd.UpstreamViolation))
            await CancelUntilEndedAsync();

        Abandon($"the session ended first ({end})");
    }

    // Nobody may be left who reads the server's answer; then these are all there are. A cancel that finds nothing to do does no harm.
    private async ValueTask CancelUntilEndedAsync()
    {
        var pause = ExecutionWatch.Interval;
        for (var tries = 0; tries < CancelsMax && _link.Running.Snapshot().Any(static r => r is { IsSuspended: false, IsShared: false }); tries++)
        {
            await _canceller.Send();
            await Task.Delay(pause);
            pause *= 2;
        }
    }

    private void Abandon(string reason)
    {
        foreach (var running in _link.Running.Snapshot())
            running.EndUnknown(reason);

        _link.Conversation.Abandon(reason);
    }

    private static Refusal TimedOut(LimitsConfiguration limits, bool isFree) => isFree
        ? new(default, "57014", $"the statement ran longer than the {limits.HousekeepingTimeout} that are allowed without a grant", null, null)
        : new(default, "57014", $"the statement ran longer than limits.statement_timeout ({limits.StatementTimeout}) allows", null, null);
}
