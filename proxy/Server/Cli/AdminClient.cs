// Reaches the running proxy: through the unix socket named in the configuration, or through a URL with a token.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>The API, seen from a command.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _place;
    private readonly string _hint;

    private readonly HashSet<string> _noted = new(StringComparer.Ordinal);

    private AdminClient(HttpClient http, string place, string hint) => (_http, _place, _hint) = (http, place, hint);

    /// <summary>Through the unix socket, as the local administrator or, with <paramref name="user"/>, as that user.</summary>
    public static AdminClient OverSocket(string path, string? user, string configuration, Action<string>? noted = null)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, stop) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    // The system's own words for this are about addresses.
                    if (!File.Exists(path))
                        throw new IOException("there is no such socket");

                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        var http = new HttpClient(handler) { BaseAddress = new("http://localhost/"), Timeout = Timeout.InfiniteTimeSpan };
        if (user is not null)
            http.DefaultRequestHeaders.Add(AdminHeaders.As, Uri.EscapeDataString(user));

        return new(http, path, $"Start the proxy: jitproxy serve --config {configuration}") { Noted = noted };
    }

    /// <summary>Through HTTP(S), as the token's user.</summary>
    public static AdminClient OverHttp(Uri address, string token, Action<string>? noted = null)
    {
        // A redirect could carry the token to another host.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        var http = new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new(http, address.ToString(), "Check --url (or JITPROXY_URL), and that the proxy has admin.listen.") { Noted = noted };
    }

    /// <summary>Told what the proxy has to say beside its answers, each once.</summary>
    public Action<string>? Noted { get; init; }

    /// <summary>Asks for something.</summary>
    public Task<T> GetAsync<T>(string path, CancellationToken stop) => SendAsync<T>(HttpMethod.Get, path, null, stop);

    /// <summary>Sends something, and gives the answer.</summary>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken stop)
    {
        using var response = await SendAsync(method, path, body, HttpCompletionOption.ResponseContentRead, stop);
        return await response.Content.ReadFromJsonAsync<T>(AdminJson.Compact, stop)
            ?? throw new CliFailure("the proxy's answer was empty", _place);
    }

    /// <summary>Sends something, and gives the answer's lines as they come.</summary>
    public async IAsyncEnumerable<T> LinesAsync<T>(HttpMethod method, string path, object? body, [EnumeratorCancellation] CancellationToken stop)
    {
        using var response = await SendAsync(method, path, body, HttpCompletionOption.ResponseHeadersRead, stop);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
        while (await ReadLineAsync(reader, stop) is { } line)
        {
            if (line.Length > 0)
                yield return JsonSerializer.Deserialize<T>(line, AdminJson.Compact)!;
        }
    }

    /// <summary>Sends something, and gives the answer's frames as they come. A body is valid until the next frame.</summary>
    public async IAsyncEnumerable<ExportFrame> FramesAsync(string path, object body, [EnumeratorCancellation] CancellationToken stop)
    {
        using var response = await SendAsync(HttpMethod.Post, path, body, HttpCompletionOption.ResponseHeadersRead, stop);
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[ExportFrame.BodySizeMax];
        while (await ReadFrameAsync(stream, buffer, stop) is { } frame)
            yield return frame;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async ValueTask<ExportFrame?> ReadFrameAsync(Stream stream, byte[] buffer, CancellationToken stop)
    {
        try
        {
            return await ExportFrame.ReadAsync(stream, buffer, stop);
        }
        catch (IOException e)
        {
            throw new CliFailure("the connection to the proxy was lost", $"{_place}: {e.Message}");
        }
    }

    private async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken stop)
    {
        try
        {
            return await reader.ReadLineAsync(stop);
        }
        catch (IOException e)
        {
            throw new CliFailure("the connection to the proxy was lost", $"{_place}: {e.Message}");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, HttpCompletionOption completion, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), options: AdminJson.Compact);

        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, completion, stop);
        }
        catch (HttpRequestException e)
        {
            throw e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? new CliFailure("the proxy's socket may not be opened", _place, "Run the command as the user that runs the proxy, or use --url with a token.")
                : new CliFailure("no proxy answers", $"{_place}: {e.InnerException?.Message ?? e.Message}", _hint);
        }

        foreach (var note in response.Headers.TryGetValues(AdminHeaders.Note, out var notes) ? notes : [])
        {
            if (_noted.Add(note))
                Noted?.Invoke(Uri.UnescapeDataString(note));
        }

        if (response.IsSuccessStatusCode)
            return response;

        using (response)
            throw await ReadProblemAsync(response, stop);
    }

    private async Task<CliFailure> ReadProblemAsync(HttpResponseMessage response, CancellationToken stop)
    {
        if (response.Content.Headers.ContentType?.MediaType == Problem.MediaType
            && await response.Content.ReadFromJsonAsync<Problem>(AdminJson.Compact, stop) is { } problem)
        {
            return new CliFailure(problem.Title, problem.Detail, problem.Hint);
        }

        return response.StatusCode == HttpStatusCode.Unauthorized
            ? new CliFailure("the token is not valid", _place, "Make one with: jitproxy token create")
            : new CliFailure($"the proxy answered {(int)response.StatusCode} {response.ReasonPhrase}", _place);
    }
}
