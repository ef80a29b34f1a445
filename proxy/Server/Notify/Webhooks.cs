using System.Collections.Immutable;
using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Outlets;

namespace JitProxy.Server.Notify;

/// <summary>Tells the hooks of the configuration what happens to grants: what people do, and what the clock does.</summary>
internal sealed class Webhooks : IAsyncDisposable
{
    /// <summary>Time between two looks at what the clock did.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A statement grant is said to end soon this long before; one that lasts less than twice that is not.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromHours(2);

    private readonly GrantDesk _desk;
    private readonly Func<IReadOnlyCollection<long>, IReadOnlyDictionary<long, long>> _countExecutions;
    private readonly Func<Grant, string?> _statementOf;
    private readonly NotifyLog _log;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http;
    private readonly Lock _sync = new();
    private readonly HashSet<long> _used = [];
    private ImmutableArray<(WebhookConfiguration Hook, WebhookSender Sender)> _senders = [];
    private ITimer? _timer;
    private readonly DateTimeOffset _startedAt;
    private DateTimeOffset _seenTo;
    private int _isLooking;

    /// <summary>Begins to listen to the desk.</summary>
    /// <param name="desk">Where grants change.</param>
    /// <param name="countExecutions">How often grants were used.</param>
    /// <param name="statementOf">A grant's statement as it may leave the machine.</param>
    /// <param name="log">For operators.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="http">What sends; null for the usual.</param>
    public Webhooks(
        GrantDesk desk,
        Func<IReadOnlyCollection<long>, IReadOnlyDictionary<long, long>> countExecutions,
        Func<Grant, string?> statementOf,
        NotifyLog log,
        TimeProvider clock,
        HttpMessageInvoker? http = null)
    {
        (_desk, _countExecutions, _statementOf, _log, _clock) = (desk, countExecutions, statementOf, log, clock);
        _http = http ?? HttpPost.NewSender();
        _seenTo = _startedAt = clock.GetUtcNow();
        desk.Changed += Tell;
    }

    /// <summary>Messages that wait to be sent, over all hooks.</summary>
    public int Waiting => _senders.Sum(static sender => sender.Sender.Waiting);

    /// <summary>Starts to look at the clock.</summary>
    public void Start() => _timer = _clock.CreateTimer(_ => Look(), null, Interval, Interval);

    /// <summary>Takes the hooks of a configuration. Those that were there before keep what waits in them.</summary>
    public void Use(ImmutableArray<WebhookConfiguration> hooks)
    {
        ImmutableArray<(WebhookConfiguration Hook, WebhookSender Sender)> gone;
        lock (_sync)
        {
            var before = _senders;
            var next = ImmutableArray.CreateBuilder<(WebhookConfiguration, WebhookSender)>(hooks.Length);
            foreach (var hook in hooks)
            {
                var same = before.FirstOrDefault(s => IsSame(s.Hook, hook));
                next.Add(same.Sender is null ? (hook, new(hook, _http, _log, _clock)) : same);
            }

            _senders = next.MoveToImmutable();
            gone = before.RemoveRange(_senders);
        }

        // What a hook still waits for is given up with it; nothing has to wait for that.
        foreach (var (_, sender) in gone)
            _ = sender.DisposeAsync().AsTask();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _desk.Changed -= Tell;
        if (_timer is not null)
            await _timer.DisposeAsync();

        var last = _senders;
        _senders = [];
        foreach (var (_, sender) in last)
            await sender.DisposeAsync();

        _http.Dispose();
    }

    /// <summary>Looks at what the clock did since the last time, and at grants used for the first time.</summary>
    public void Look()
    {
        if (_senders.IsEmpty || Interlocked.Exchange(ref _isLooking, 1) != 0)
            return;

        try
        {
            var (from, to) = (_seenTo, _clock.GetUtcNow());
            _seenTo = to;
            var active = new List<Grant>();
            foreach (var grant in _desk.Book.All)
            {
                if (grant.ExpiresAt is { } end && grant.StatusAt(from) == GrantStatus.Active)
                {
                    TellTime(grant, end, from, to);
                    active.Add(grant);
                }
            }

            TellFirstUse(active, to);
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private void TellTime(Grant grant, DateTimeOffset end, DateTimeOffset from, DateTimeOffset to)
    {
        if (end <= to)
            Send(new(WebhookEvent.Expired, to, grant, null, null));
        else if (TimesOf(grant).Any(before => grant.Duration >= before * 2 && end - before > from && end - before <= to))
            Send(new(WebhookEvent.Expiring, to, grant, null, null));
    }

    private ImmutableArray<TimeSpan> TimesOf(Grant grant) => grant.Kind == GrantKind.Role ? _desk.Reminders.Times : [Soon];

    private void TellFirstUse(List<Grant> active, DateTimeOffset now)
    {
        var unused = active.Where(grant => !_used.Contains(grant.Id)).ToList();
        if (unused.Count == 0)
            return;

        var counts = _countExecutions([.. unused.Select(static grant => grant.Id)]);
        foreach (var grant in unused.Where(grant => counts[grant.Id] > 0))
        {
            _used.Add(grant.Id);

            // What was used before this process began was told then.
            if (grant.ApprovedAt >= _startedAt)
                Send(new(WebhookEvent.FirstUsed, now, grant, grant.User, null));
        }
    }

    private void Tell(GrantChange change)
    {
        var now = _clock.GetUtcNow();
        var what = change.Kind switch
        {
            GrantChangeKind.Requested or GrantChangeKind.Extended => WebhookEvent.Requested,
            GrantChangeKind.Approved => change.Grant.NextStep is null ? WebhookEvent.Approved : WebhookEvent.StepWaiting,
            GrantChangeKind.Rejected => WebhookEvent.Rejected,
            GrantChangeKind.SentBack => WebhookEvent.SentBack,
            GrantChangeKind.Canceled => WebhookEvent.Canceled,
            GrantChangeKind.Reviewed => WebhookEvent.Reviewed,
            GrantChangeKind.Revoked => WebhookEvent.Revoked,
        };
        if (what == WebhookEvent.Requested && change.Grant.Request.BreakGlass)
            Send(new(WebhookEvent.BreakGlass, now, change.Grant, change.By.RecordedName, change.Comment));

        Send(new(what, now, change.Grant, change.By.RecordedName, change.Comment));
        if (what == WebhookEvent.Requested)
            Send(new(change.Grant.NextStep is null ? WebhookEvent.Approved : WebhookEvent.StepWaiting, now, change.Grant, null, null));
    }

    private void Send(WebhookMessage message)
    {
        var senders = _senders;
        if (message.Grant is not { } grant || !senders.Any(s => s.Hook.Takes(message.Event)))
            return;

        var told = message with { Executions = _countExecutions([grant.Id])[grant.Id], Statement = _statementOf(grant) };
        foreach (var (_, sender) in senders)
            sender.Send(told);
    }

    private static bool IsSame(WebhookConfiguration one, WebhookConfiguration other) =>
        one with { Events = [] } == other with { Events = [] } && one.Events.SequenceEqual(other.Events);
}
