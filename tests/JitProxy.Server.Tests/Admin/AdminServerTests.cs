using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using JitProxy.Server.Admin.Contract;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Admin;

/// <summary>The API's host: its socket, its tokens, its errors.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class AdminServerTests
{
    [Test]
    public async Task The_socket_belongs_to_its_owner_alone()
    {
        await using var fixture = await AdminFixture.StartAsync();
        Assert.That(File.GetUnixFileMode(fixture.SocketPath), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task The_socket_is_gone_after_the_end()
    {
        var fixture = await AdminFixture.StartAsync();
        var path = fixture.SocketPath;
        Assert.That(File.Exists(path), Is.True);
        await fixture.DisposeAsync();
        Assert.That(File.Exists(path), Is.False);
    }

    [TestCase(null, "a token is needed")]
    [TestCase("", "the token is not valid")]
    [TestCase("nonsense", "the token is not valid")]
    public async Task On_TCP_nobody_comes_in_without_a_token(string? token, string title)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var http = new HttpClient { BaseAddress = fixture.Address };

        // The header that the socket honours is nothing here.
        http.DefaultRequestHeaders.Add(AdminHeaders.As, "bob");
        if (token is not null)
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");

        using var response = await http.GetAsync(new Uri("v1/grants", UriKind.Relative));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That((await response.Content.ReadFromJsonAsync<Problem>(AdminJson.Compact))!.Title, Is.EqualTo(title));
    }

    [Test]
    public async Task A_token_makes_its_user_and_nobody_else()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var http = await ConnectAsync(fixture, "alice");
        http.DefaultRequestHeaders.Add(AdminHeaders.As, "bob");
        using var users = await http.GetAsync(new Uri("v1/users", UriKind.Relative));
        Assert.That(users.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));

        using var asked = await http.PostAsJsonAsync("v1/grants", new RequestBody { Databases = ["shop/app"], Statement = "select id from customers", Reason = "r" }, AdminJson.Compact);
        Assert.That((await asked.Content.ReadFromJsonAsync<GrantView>(AdminJson.Compact))!.User, Is.EqualTo("alice"));
    }

    [Test]
    public async Task A_revoked_token_is_nobody()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var http = await ConnectAsync(fixture, "alice");
        (await fixture.RunAsync("token", "revoke", "1")).MustSucceed();
        using var response = await http.GetAsync(new Uri("v1/grants", UriKind.Relative));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("POST", "v1/grants", "{", HttpStatusCode.BadRequest)]
    [TestCase("POST", "v1/grants", "null", HttpStatusCode.BadRequest)]
    [TestCase("POST", "v1/grants", "[]", HttpStatusCode.BadRequest)]
    [TestCase("POST", "v1/grants/999/approve", "{}", HttpStatusCode.NotFound)]
    [TestCase("POST", "v1/grants/x/approve", "{}", HttpStatusCode.NotFound)]
    [TestCase("POST", "v1/nothing", "{}", HttpStatusCode.NotFound)]
    [TestCase("DELETE", "v1/grants", "", HttpStatusCode.MethodNotAllowed)]
    [TestCase("POST", "v1/grants", """{"databases":["shop/app"],"statement":"select 1","reason":"r","expires":"soon"}""", HttpStatusCode.BadRequest)]
    [TestCase("POST", "v1/explain", "{}", HttpStatusCode.BadRequest)]
    [TestCase("GET", "v1/audit?decision=nonsense", "", HttpStatusCode.BadRequest)]
    [TestCase("GET", "v1/audit?since=yesterday", "", HttpStatusCode.BadRequest)]
    [TestCase("GET", "v1/audit?grant=-1", "", HttpStatusCode.BadRequest)]
    [TestCase("GET", "v1/grants?status=open", "", HttpStatusCode.BadRequest)]
    public async Task What_cannot_be_answered_is_a_problem_in_JSON(string method, string path, string body, HttpStatusCode status)
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        using var http = await ConnectAsync(fixture, "carol");
        using var request = new HttpRequestMessage(new(method), path) { Content = new StringContent(body) };
        using var response = await http.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(problem.RootElement.GetProperty("title").GetString(), Is.Not.Empty);
    }

    private static async Task<HttpClient> ConnectAsync(AdminFixture fixture, string user)
    {
        var created = (await fixture.RunAsync("token", "create", "--as", user, "--json")).MustSucceed();
        var http = new HttpClient { BaseAddress = fixture.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", JsonDocument.Parse(created.Out).RootElement.GetProperty("token").GetString());
        return http;
    }
}
