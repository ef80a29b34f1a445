using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;

namespace JitProxy.Server.Sessions;

/// <summary>One PostgreSQL session from the first ReadyForQuery to its end: strings the two directions together and cleans up behind them.</summary>
internal sealed class PostgresSession : IWatched, IDisposable
{
    /// <summary>How long a cancel request may take to reach the server when a session ends with work under way.</summary>
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How often a client's last statements are cancelled after it left, at growing distances: three seconds in all.</summary>
    private const int CancelsMax = 4;

    private readonly Connection _client;
    private readonly Connection _upstream;
    private readonly SessionServices _services;
    private readonly SessionIdentity _who;
    private readonly Func<TimeSpan, Task> _cancel;
    private readonly Func<bool> _isWelcome;
    private readonly CancellationTokenSource _evicted = new();
    private readonly SessionLink _link;
    private readonly Refuser _refuser;
    private readonly ClientSide _clientSide;
    private readonly UpstreamSide _upstreamSide;
    private readonly ErrorRelay _errors;
    private readonly BoundParameters _parameters;
    private volatile Running[] _unwanted = [];
    private volatile Task _lastCancel = Task.CompletedTask;

    /// <summary>A session between two connections that are both logged in.</summary>
    public PostgresSession(
        SessionServices services, SessionIdentity who, Connection client, Connection upstream, Func<TimeSpan, Task> cancel, Func<bool> isWelcome)
    {
        (_services, _who, _client, _upstream, _cancel, _isWelcome) = (services, who, client, upstream, cancel, isWelcome);
        _link = new(client, upstream);
        _refuser = new(_link);
        var judge = new SessionJudge(services.Gate, services.Recorder, who);
        var objects = new SessionObjects();
        var preparer = new StatementPreparer(_link, _refuser);
        var starter = new ExecutionStarter(services.Gate, services.Recorder, who, _link.Running);
        var local = new LocalAnswers(_refuser, preparer, objects);
        var cutOff = new CutOff(_link, () => _cancel(CancelTimeout));
        _errors = new(_link, cutOff, who);
        _parameters = services.CreateParameters();
        var configuration = services.Policies.Current.Configuration;
        _clientSide = new(
            _link,
            new(_link, _refuser, preparer, starter, local, judge),
            new(_link, _refuser, preparer, starter, local, judge, objects, _parameters),
            _refuser,
            objects,
            configuration.Limits.FrameSize);
        _upstreamSide = new(_link, new(_link, cutOff, services.Gate, who), _errors, cutOff);
    }

    /// <summary>Runs the session.</summary>
    /// <param name="stop">The proxy is stopping.</param>
    public async Task<SessionEnd> RunAsync(CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop, _evicted.Token);
        _services.Watch.Add(this);
        try
        {
            var client = RunSideAsync(_clientSide.RunAsync, SessionEnd.ClientLost, over.Token);
            var upstream = RunSideAsync(_upstreamSide.RunAsync, SessionEnd.UpstreamLost, over.Token);
            var end = await await Task.WhenAny(client, upstream);
            if (stop.IsCancellationRequested)
                end = SessionEnd.ProxyStopped;
            else if (_evicted.IsCancellationRequested)
                end = SessionEnd.Evicted;

            await SayFarewellAsync(end);
            await StopWorkAsync(end);
            await over.CancelAsync();
            _client.Abort();
            _upstream.Abort();
            await Task.WhenAll(client, upstream);
            return end;
        }
        finally
        {
            _services.Watch.Remove(this);
            Abandon("the session ended");
        }
    }

    /// <summary>Cancels whatever is under way, as the client's cancel request asks.</summary>
    public void CancelByClient()
    {
        if (_link.Conversation.Owed == 0)
            return;

        _unwanted = _link.Running.Snapshot();
        CancelUpstream();
    }

    /// <inheritdoc/>
    public string User => _who.User;

    /// <inheritdoc/>
    public void EvictIfUnwelcome()
    {
        if (!_isWelcome())
            _evicted.Cancel();
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

            isCancelDue |= !running.IsSuspended && (running.Abort is not null || Array.IndexOf(_unwanted, running) >= 0);
        }

        if (isCancelDue)
            CancelUpstream();
    }

    private Refusal? FindObjection(Running running, DateTimeOffset now)
    {
        var refusal = running.Permit is { } permit ? _services.Gate.FindObjection(_who, permit) : null;
        return refusal ?? (now - running.ResumedAt > _services.Policies.Current.Limits.StatementTimeout && !running.IsSuspended ? TimedOut() : null);
    }

    // The server forgets a cancel that comes while it is between two messages, so one is not enough: each look sends another until the
    // execution has ended.
    private void CancelUpstream()
    {
        if (_lastCancel.IsCompleted)
            _lastCancel = _cancel(CancelTimeout);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _link.Dispose();
        _parameters.Dispose();
        _evicted.Dispose();
    }

    private static async Task<SessionEnd> RunSideAsync(Func<CancellationToken, Task<SessionEnd>> side, SessionEnd lost, CancellationToken stop)
    {
        try
        {
            return await side(stop);
        }
        catch (IOException)
        {
            return lost;
        }
        catch (ObjectDisposedException) when (stop.IsCancellationRequested)
        {
            return lost;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return SessionEnd.ProxyStopped;
        }
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
        if (sqlState is null)
            return;

        using var soon = new CancellationTokenSource(CancelTimeout);
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
        for (var tries = 0; tries < CancelsMax && _link.Running.Snapshot().Any(static r => !r.IsSuspended); tries++)
        {
            await _cancel(CancelTimeout);
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

    private Refusal TimedOut() => new(
        default, "57014", $"the statement ran longer than limits.statement_timeout ({_services.Policies.Current.Limits.StatementTimeout}) allows", null, null);
}
