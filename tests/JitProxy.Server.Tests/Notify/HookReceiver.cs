using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace JitProxy.Server.Tests.Notify;

/// <summary>An HTTP server that takes what hooks are sent, and answers as it is told.</summary>
internal sealed class HookReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly BlockingCollection<(string Body, string? Signature)> _taken = [];
    private readonly ConcurrentQueue<int> _answers = new();

    public HookReceiver()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Url = new($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/hook/?key=secret");
        probe.Stop();
        _listener.Prefixes.Add($"http://127.0.0.1:{Url.Port}/hook/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>From now on takes what it is sent and answers nothing, until this is completed.</summary>
    public TaskCompletionSource? Held { get; set; }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>The next answers; 200 after them.</summary>
    public void Answer(params int[] codes)
    {
        foreach (var code in codes)
            _answers.Enqueue(code);
    }

    /// <summary>The next body, with its signature.</summary>
    public (string Body, string? Signature) Take() =>
        _taken.TryTake(out var taken, TimeSpan.FromSeconds(30)) ? taken : throw new TimeoutException("nothing was sent");

    /// <summary>The name of the event in the next body.</summary>
    public string TakeEvent()
    {
        using var body = JsonDocument.Parse(Take().Body);
        return body.RootElement.GetProperty("event").GetString()!;
    }

    /// <summary>True if nothing more was sent by now.</summary>
    public bool IsEmpty => _taken.Count == 0;

    public void Dispose()
    {
        _listener.Close();
        _taken.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var body = await reader.ReadToEndAsync();
                _taken.Add((body, context.Request.Headers["X-JitProxy-Signature"]));
                if (Held is { } held)
                    await held.Task;

                context.Response.StatusCode = _answers.TryDequeue(out var code) ? code : 200;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed: the test is over.
        }
    }
}
