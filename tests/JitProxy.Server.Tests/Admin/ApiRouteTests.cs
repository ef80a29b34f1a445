using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Admin.OpenApi;
using Microsoft.AspNetCore.Routing;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Admin;

/// <summary>What holds for every route of the API, also for those that are added: tokens, problems, and parameters as the document says them.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ApiRouteTests
{
    private static readonly string[] Open = ["GET /healthz", "GET /readyz", "GET /openapi.json"];

    [Test]
    public async Task Nobody_without_a_token_gets_anything_over_TCP()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var http = new HttpClient { BaseAddress = fixture.Address };
        foreach (var (method, path) in Routes(fixture).Where(static r => !Open.Contains($"{r.Method} {r.Path}")))
        {
            using var response = await SendAsync(http, method, path, "{}", request => request.Headers.Add("X-Jitproxy-As", "bob"));
            await AssertProblemAsync(response, HttpStatusCode.Unauthorized, $"{method} {path}");
            Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
        }
    }

    [Test]
    public async Task Every_error_is_a_problem_that_says_what_is_wrong()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var http = fixture.ConnectToSocket();
        var bodies = Document(await DocumentAsync(fixture)).Where(static o => o.Operation["requestBody"] is not null).ToList();
        Assert.That(bodies, Has.Count.GreaterThan(10));
        foreach (var (method, path, _) in bodies)
        {
            foreach (var body in (string[])["", "{", "[]", "null", "{\"surprise\": true}", "{\"comment\": \"a\", \"comment\": \"b\"}", "\"\\ud800\""])
            {
                using var response = await SendAsync(http, method, path, body);
                await AssertProblemAsync(response, HttpStatusCode.BadRequest, $"{method} {path} {body}");
            }
        }

        foreach (var (method, path) in Routes(fixture).Where(static r => r.Path.Contains("99999", StringComparison.Ordinal)))
        {
            using var response = await SendAsync(http, method, path, """{"expires": "1h", "reason": "r", "comment": "c", "format": "csv"}""");
            Assert.That((int)response.StatusCode, Is.InRange(400, 409), $"{method} {path}");
            await AssertProblemAsync(response, response.StatusCode, $"{method} {path}");
        }

        foreach (var (method, path, status) in ((string, string, HttpStatusCode)[])[
            ("GET", "/v1/nothing", HttpStatusCode.NotFound), ("GET", "/v2/grants", HttpStatusCode.NotFound), ("PATCH", "/v1/grants", HttpStatusCode.MethodNotAllowed),
            ("GET", "/v1/grants/one", HttpStatusCode.NotFound), ("GET", "/v1/grants/99999999999999999999", HttpStatusCode.NotFound), ("DELETE", "/v1/users", HttpStatusCode.MethodNotAllowed)])
        {
            using var response = await SendAsync(http, method, path, "{}");
            await AssertProblemAsync(response, status, $"{method} {path}");
        }

        using var stranger = await SendAsync(http, "GET", "/v1/grants", "", static request => request.Headers.Add("X-Jitproxy-As", "nobody"));
        await AssertProblemAsync(stranger, HttpStatusCode.Forbidden, "as nobody");
        using var large = await SendAsync(http, "POST", "/v1/grants", $"{{\"reason\": \"{new string('x', 17 << 20)}\"}}", static request => request.Headers.ExpectContinue = true);
        await AssertProblemAsync(large, large.StatusCode, "17 MiB");
        Assert.That((int)large.StatusCode, Is.InRange(400, 413));
    }

    [Test]
    public async Task Every_parameter_that_is_taken_is_documented_and_no_other_is_taken()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var http = fixture.ConnectToSocket();
        var lists = Document(await DocumentAsync(fixture)).Where(static o => o.Operation["parameters"]?.AsArray().Any(static p => p!["in"]!.GetValue<string>() == "query") == true).ToList();
        Assert.That(lists, Has.Count.GreaterThan(3));
        foreach (var (method, path, operation) in lists)
        {
            var names = operation["parameters"]!.AsArray().Where(static p => p!["in"]!.GetValue<string>() == "query").Select(static p => p!["name"]!.GetValue<string>()).ToList();
            Assert.That(operation["parameters"]!.AsArray().Select(static p => p!["description"]!.GetValue<string>()), Is.All.EndsWith("."), path);
            using var refused = await SendAsync(http, method, $"{path}?no_such_parameter=1", "");
            var problem = await AssertProblemAsync(refused, HttpStatusCode.BadRequest, path);
            Assert.That(problem.Hint!.Replace("There are: ", "", StringComparison.Ordinal).TrimEnd('.').Split(", "), Is.EquivalentTo(names), path);
        }
    }

    [Test]
    public async Task Filters_of_grants_are_on_each_field_of_a_grant()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var parameters = Document(await DocumentAsync(fixture)).Single(static o => o is { Method: "GET", Path: "/v1/grants" }).Operation["parameters"]!.AsArray()
            .Select(static p => p!["name"]!.GetValue<string>()).ToHashSet();
        var filters = new Dictionary<string, string>
        {
            ["id"] = "cursor",
            ["kind"] = "kind",
            ["status"] = "status",
            ["user"] = "user",
            ["databases"] = "database",
            ["statement"] = "text",
            ["role"] = "role",
            ["unmask"] = "unmask",
            ["export"] = "export",
            ["reason"] = "text",
            ["requested_at"] = "requested_since",
            ["approved_at"] = "approved_since",
            ["expires_at"] = "expires_since",
            ["steps"] = "waiting",
            ["executions"] = "order",
        };

        Assert.That(filters.Values.Distinct(), Is.SubsetOf(parameters));
        (await fixture.RunAsync("request", "--database", "shop/app", "--statement", "select 1", "--reason", "r", "--as", "alice")).MustSucceed();
        using var http = fixture.ConnectToSocket();
        var grant = (await http.GetFromJsonAsync<JsonObject>("/v1/grants"))!["items"]![0]!.AsObject();
        Assert.That(filters.Keys, Is.EqualTo(grant.Select(static p => p.Key)), "a field that is added needs a filter, or a reason why not");
    }

    [Test]
    public async Task The_local_administrator_comes_through_a_socket_that_nobody_else_may_open()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        Assert.That(File.GetUnixFileMode(fixture.SocketPath), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        using var http = fixture.ConnectToSocket();
        Assert.That((await http.GetAsync("/v1/users")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    private static IEnumerable<(string Method, string Path)> Routes(AdminFixture fixture) => fixture.Routes
        .SelectMany(static route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => (method, ApiDocument.PathOf(route.RoutePattern.RawText!))))
        .Where(static route => route.Item2.StartsWith("/v1/", StringComparison.Ordinal) || route.Item2 == "/metrics")
        .Select(static route => (route.method, Fill(route.Item2)));

    private static string Fill(string path) => path.Replace("{id}", "99999", StringComparison.Ordinal).Replace("{name}", "nobody99999", StringComparison.Ordinal);

    private static IEnumerable<(string Method, string Path, JsonNode Operation)> Document(JsonObject document) => document["paths"]!.AsObject()
        .SelectMany(static path => path.Value!.AsObject().Select(operation => (operation.Key.ToUpperInvariant(), Fill(path.Key), operation.Value!)));

    private static async Task<JsonObject> DocumentAsync(AdminFixture fixture)
    {
        using var http = new HttpClient { BaseAddress = fixture.Address };
        return (await http.GetFromJsonAsync<JsonObject>("openapi.json"))!;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string method, string path, string body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (method != "GET")
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");

        change?.Invoke(request);
        return await http.SendAsync(request);
    }

    private static async Task<Problem> AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status, string place)
    {
        Assert.That((response.StatusCode, response.Content.Headers.ContentType?.MediaType), Is.EqualTo((status, "application/problem+json")), place);
        var problem = (await response.Content.ReadFromJsonAsync<Problem>(AdminJson.Compact))!;
        Assert.That((problem.Status, problem.Title), Is.EqualTo(((int)status, problem.Title)).And.Matches<(int, string)>(static p => p.Item2.Length > 0), place);
        return problem;
    }
}
