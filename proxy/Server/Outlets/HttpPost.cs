using JitProxy.Server.Authenticate;

namespace JitProxy.Server.Outlets;

/// <summary>Sends a message to a receiver and says in words what went wrong.</summary>
internal static class HttpPost
{
    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>What sends: without redirections, which could lead elsewhere with what is sent.</summary>
    /// <param name="ca">A PEM file of the authorities that a receiver's certificate has to come from; null for the system's.</param>
    public static HttpMessageInvoker NewSender(string? ca = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (ca is not null)
            handler.SslOptions = new() { CertificateChainPolicy = TrustPolicy.Of(TrustPolicy.Read(ca)) };

        return new(handler);
    }

    /// <summary>A POST of JSON.</summary>
    public static HttpRequestMessage OfJson(Uri address, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        return request;
    }

    /// <summary>Sends it once. Null if the answer is 2xx; otherwise why not.</summary>
    /// <exception cref="OperationCanceledException">Nothing is to be sent any more.</exception>
    public static async Task<string?> TrySendAsync(HttpMessageInvoker http, HttpRequestMessage request, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Timeout);
        try
        {
            using var answer = await http.SendAsync(request, patience.Token);
            return answer.IsSuccessStatusCode ? null : $"it answered {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return e.InnerException?.Message ?? e.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"no answer within {Timeout.TotalSeconds:0} s";
        }
    }
}
