using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using JitProxy.Server.Admin.Contract;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Admin;

/// <summary>Each verb by each role, over HTTP: alice asks, dave is a stranger, bob owns the project, carol holds a workspace role.</summary>
public sealed class RoleTests
{
    private const string Expire = """{"expires":"1h"}""";
    private const string Comment = """{"comment":"c"}""";

    private AdminFixture _fixture = null!;
    private Dictionary<string, string> _tokens = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _fixture = await AdminFixture.StartWithUsersAsync();
        (await _fixture.FeedAsync("pencil\n", "user", "add", "dave", "--password-stdin")).MustSucceed();
        _tokens = [];
        foreach (var name in new[] { "alice", "bob", "carol", "dave" })
            _tokens[name] = JsonDocument.Parse((await _fixture.RunAsync("token", "create", "--as", name, "--json")).MustSucceed().Out).RootElement.GetProperty("token").GetString()!;
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _fixture.DisposeAsync();

    // Columns: nobody, alice who asked, the stranger dave, the owner bob, carol of security, the administrator on the socket.
    [TestCase("GET", "v1/grants/{pending}", "", "401 200 404 200 200 200")]
    [TestCase("POST", "v1/grants/{pending}/approve", "{}", "401 409 404 200 409 409")]
    [TestCase("POST", "v1/grants/{pending}/reject", Comment, "401 409 404 200 409 409")]
    [TestCase("POST", "v1/grants/{pending}/cancel", "{}", "401 200 404 409 409 200")]
    [TestCase("POST", "v1/grants/{active}/revoke", "{}", "401 409 404 200 409 200")]
    [TestCase("POST", "v1/grants/{active}/extend", Expire, "401 200 404 409 409 409")]
    [TestCase("POST", "v1/grants/{active}/review", Comment, "401 409 404 409 409 409")]
    [TestCase("POST", "v1/grants/{active}/run", "{}", "401 200 404 403 403 403")]
    [TestCase("GET", "v1/users", "", "401 403 403 403 403 200")]
    [TestCase("POST", "v1/users", """{"name":"eve{n}","password":"pencil"}""", "401 403 403 403 403 200")]
    [TestCase("DELETE", "v1/users/nobody", "", "401 403 403 403 403 409")]
    [TestCase("PUT", "v1/users/alice/password", """{"password":"pencil"}""", "401 200 403 403 403 200")]
    [TestCase("GET", "v1/tokens", "", "401 200 200 200 200 200")]
    [TestCase("POST", "v1/tokens", "{}", "401 200 200 200 200 400")]
    [TestCase("DELETE", "v1/tokens/999", "", "401 409 409 409 409 409")]
    [TestCase("GET", "v1/audit/counts", "", "401 403 403 403 200 200")]
    [TestCase("GET", "v1/audit/counts?user=alice", "", "401 200 403 403 200 200")]
    [TestCase("GET", "v1/audit/counts?database=shop/app", "", "401 403 403 200 200 200")]
    [TestCase("GET", "v1/audit/counts?database=shop/other", "", "401 403 403 403 200 200")]
    [TestCase("POST", "v1/audit/verify", "", "401 403 403 403 200 200")]
    [TestCase("GET", "v1/audit/{denied}", "", "401 200 404 200 200 200")]
    [TestCase("GET", "metrics", "", "401 200 200 200 200 200")]
    public async Task Each_verb_answers_each_role_as_it_should(string method, string path, string body, string statuses)
    {
        var answered = new List<string>();
        foreach (var (index, who) in new[] { "nobody", "alice", "dave", "bob", "carol", "administrator" }.Index())
        {
            var grant = path.Contains("{pending}", StringComparison.Ordinal) ? await AskAsync() : path.Contains("{active}", StringComparison.Ordinal) ? await ApprovedAsync() : 0;
            var denied = path.Contains("{denied}", StringComparison.Ordinal) ? Deny() : 0;
            var address = path.Replace("{pending}", $"{grant}", StringComparison.Ordinal).Replace("{active}", $"{grant}", StringComparison.Ordinal).Replace("{denied}", $"{denied}", StringComparison.Ordinal);
            using var http = Connect(who);
            using var request = new HttpRequestMessage(new HttpMethod(method), address);
            if (body.Length > 0)
                request.Content = new StringContent(body.Replace("{n}", $"{index}", StringComparison.Ordinal), new MediaTypeHeaderValue("application/json"));
            using var response = await http.SendAsync(request);
            answered.Add($"{(int)response.StatusCode}");
            if (!response.IsSuccessStatusCode)
                await AssertProblemAsync(response);
        }

        Assert.That(string.Join(' ', answered), Is.EqualTo(statuses));
    }

    [Test]
    public async Task Lists_hold_what_the_caller_may_see_alone()
    {
        var grant = await AskAsync();
        var denied = Deny();
        foreach (var (who, sees) in new[] { ("alice", true), ("dave", false), ("bob", true), ("carol", true), ("administrator", true) })
        {
            using var http = Connect(who);
            var grants = (await http.GetFromJsonAsync<GrantsPage>("v1/grants?order=newest", AdminJson.Compact))!;
            var records = (await http.GetFromJsonAsync<RecordsPage>("v1/audit?decision=denied", AdminJson.Compact))!;
            Assert.That(grants.Items.Select(static g => g.Id).Contains(grant), Is.EqualTo(sees), who);
            Assert.That(records.Items.Select(static r => r.Seq).Contains(denied), Is.EqualTo(sees), who);
        }
    }

    [Test]
    public async Task Waiting_lists_what_the_caller_could_sign_and_nothing_else()
    {
        var grant = await AskAsync();
        foreach (var (who, waits) in new[] { ("alice", false), ("dave", false), ("bob", true), ("carol", false), ("administrator", false) })
        {
            using var http = Connect(who);
            var page = (await http.GetFromJsonAsync<GrantsPage>("v1/grants?waiting=true&limit=1000", AdminJson.Compact))!;
            Assert.That(page.Items.Select(static g => g.Id).Contains(grant), Is.EqualTo(waits), who);
        }
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response)
    {
        var problem = (await response.Content.ReadFromJsonAsync<Problem>(AdminJson.Compact))!;
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(problem.Title, Is.Not.Empty);
        Assert.That(problem.Status, Is.EqualTo((int)response.StatusCode));
    }

    private HttpClient Connect(string who)
    {
        if (who == "administrator")
            return _fixture.ConnectToSocket();
        var http = new HttpClient { BaseAddress = _fixture.Address };
        if (_tokens.TryGetValue(who, out var token))
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }

    private int _asked;

    private async Task<long> AskAsync()
    {
        using var http = Connect("alice");
        var body = new RequestBody { Databases = ["shop/app"], Statement = $"select id from customers where id = {_asked++}", Reason = "r", Expires = "1h" };
        using var response = await http.PostAsJsonAsync("v1/grants", body, AdminJson.Compact);
        return (await response.Content.ReadFromJsonAsync<GrantView>(AdminJson.Compact))!.Id;
    }

    private async Task<long> ApprovedAsync()
    {
        var id = await AskAsync();
        using var http = Connect("bob");
        using var response = await http.PostAsJsonAsync($"v1/grants/{id}/approve", new ChangeBody(), AdminJson.Compact);
        response.EnsureSuccessStatusCode();
        return id;
    }

    private long Deny()
    {
        Assert.That(_fixture.Audit.TryRecord(new() { Event = JitProxy.Storage.Audit.AuditEvent.Denied, User = "alice", Database = "shop/app", Statement = "select 1" }, out var seq, out _), Is.True);
        return seq;
    }
}
