using System.Net;
using System.Web;
using JitProxy.Server.Tests.Admin;

namespace JitProxy.Server.Tests.Console;

/// <summary>A person's browser without scripts: keeps its cookie, sends forms as pages have them, and follows nothing by itself.</summary>
internal sealed class Browser : IDisposable
{
    private readonly HttpClient _http;

    public Browser(AdminFixture fixture)
    {
        _http = new(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = fixture.Address };
        Origin = $"http://{fixture.Address.Authority}";
    }

    /// <summary>What it says that forms come from; null says nothing.</summary>
    public string? Origin { get; set; }

    /// <summary>What it says about the other site; null says nothing.</summary>
    public string? Site { get; set; } = "same-origin";

    /// <summary>The cookie as it is sent back; null if there is none.</summary>
    public string? Cookie { get; set; }

    /// <summary>The cookie as it was set.</summary>
    public string? CookieAsSet { get; private set; }

    /// <summary>The seal of the last page's forms.</summary>
    public string? Seal { get; set; }

    public static async Task<Browser> SignInAsync(AdminFixture fixture, string user, string password = "pencil")
    {
        var browser = new Browser(fixture);
        var answer = await browser.PostAsync("/sign-in", ("user", user), ("password", password));
        if (answer.Status != HttpStatusCode.SeeOther)
            throw new InvalidOperationException($"{user} did not come in: {answer.Status}");

        await browser.GetAsync("/request");
        return browser;
    }

    public async Task<PageAnswer> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request);
    }

    /// <summary>Sends a form with the seal of the last page.</summary>
    public async Task<PageAnswer> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        var all = fields.Select(static f => KeyValuePair.Create(f.Name, f.Value));
        if (Seal is not null && !fields.Any(static f => f.Name == "csrf"))
            all = all.Append(KeyValuePair.Create("csrf", Seal));

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(string.Join('&', all.Select(static f => $"{HttpUtility.UrlEncode(f.Key)}={HttpUtility.UrlEncode(f.Value)}"))) };
        request.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
        if (Origin is not null)
            request.Headers.Add("Origin", Origin);

        return await SendAsync(request);
    }

    /// <summary>Sends a form, and follows where it leads.</summary>
    public async Task<PageAnswer> PostAndFollowAsync(string path, params (string Name, string Value)[] fields)
    {
        var answer = await PostAsync(path, fields);
        return answer.Status == HttpStatusCode.SeeOther ? await GetAsync(answer.Location!) : answer;
    }

    public void Dispose() => _http.Dispose();

    private async Task<PageAnswer> SendAsync(HttpRequestMessage request)
    {
        if (Cookie is not null)
            request.Headers.Add("Cookie", Cookie);
        if (Site is not null)
            request.Headers.Add("Sec-Fetch-Site", Site);

        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            CookieAsSet = cookies.Single();
            Cookie = CookieAsSet.Split(';')[0];
        }

        const string Before = "name=\"csrf\" value=\"";
        if (text.IndexOf(Before, StringComparison.Ordinal) is var at and >= 0)
            Seal = text.Substring(at + Before.Length, 64);

        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(static h => h.Key, static h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        return new(response.StatusCode, response.Headers.Location?.ToString(), text, headers);
    }
}

/// <summary>What the console answered.</summary>
internal sealed record PageAnswer(HttpStatusCode Status, string? Location, string Text, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The text as a reader would read it.</summary>
    public string Decoded => WebUtility.HtmlDecode(Text);
}
