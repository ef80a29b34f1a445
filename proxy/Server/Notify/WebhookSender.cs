using System.Net.Http.Headers;
using System.Threading.Channels;
using JitProxy.Server.Configuration;
using JitProxy.Server.Outlets;

namespace JitProxy.Server.Notify;

/// <summary>Tells one hook, in order, again and again until it takes a message or the message is too old.</summary>
/// <remarks>Nothing waits for it: what comes while its queue is full is dropped, and the log says so.</remarks>
internal sealed class WebhookSender : IAsyncDisposable
{
    /// <summary>Messages that wait at most.</summary>
    public const int QueueMax = 1000;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(5);

    /// <summary>After this time a message is given up.</summary>
    private static readonly TimeSpan AgeMax = TimeSpan.FromHours(24);

    private readonly Channel<WebhookMessage> _queue = Channel.CreateBounded<WebhookMessage>(QueueMax);
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpMessageInvoker _http;
    private readonly WebhookConfiguration _hook;
    private readonly NotifyLog _log;
    private readonly TimeProvider _clock;
    private readonly Task _work;

    /// <summary>Starts it.</summary>
    public WebhookSender(WebhookConfiguration hook, HttpMessageInvoker http, NotifyLog log, TimeProvider clock)
    {
        (_hook, _http, _log, _clock) = (hook, http, log, clock);
        _work = Task.Run(RunAsync);
    }

    /// <summary>Messages that wait to be sent.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <summary>Queues a message if the hook wants it.</summary>
    public void Send(WebhookMessage message)
    {
        if (_hook.Takes(message.Event) && !_queue.Writer.TryWrite(message))
            _log.QueueFull(_hook.Name, QueueMax);
    }

    /// <summary>Tries once; the answer is what went wrong, or null.</summary>
    public static async Task<string?> TryAsync(WebhookConfiguration hook, WebhookMessage message, HttpMessageInvoker http, CancellationToken stop)
    {
        var body = message.ToBody(hook.Format);
        using var request = HttpPost.OfJson(hook.Url, body);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("JitProxy", null));
        if (hook.Secret is { } secret)
            request.Headers.Add(WebhookMessage.SignatureHeader, WebhookMessage.Sign(body, secret));

        return await HttpPost.TrySendAsync(http, request, stop);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var message in _queue.Reader.ReadAllAsync(_stop.Token))
                await DeliverAsync(message);
        }
        catch (OperationCanceledException)
        {
            // The proxy stops, or the configuration has another hook in this place.
        }
    }

    private async Task DeliverAsync(WebhookMessage message)
    {
        var pause = new Backoff(FirstPause, PauseMax, _clock);
        while (await TryAsync(_hook, message, _http, _stop.Token) is { } fault)
        {
            if (_clock.GetUtcNow() - message.At > AgeMax)
            {
                _log.GivenUp(_hook.Name, WebhooksPart.NameOf(message.Event), fault);
                return;
            }

            _log.NotDelivered(_hook.Name, WebhooksPart.NameOf(message.Event), fault, pause.Next);
            await pause.WaitAsync(_stop.Token);
        }
    }
}
