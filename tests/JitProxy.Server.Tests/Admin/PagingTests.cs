using System.Net;
using System.Net.Http.Json;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Admin;

/// <summary>Pages over HTTP, probes, and what strangers send.</summary>
public sealed class PagingTests
{
    [Test]
    public async Task Following_next_reads_every_record_once()
    {
        await using var fixture = await AdminFixture.StartAsync();
        for (var index = 0; index < 25; index++)
            fixture.Audit.TryRecord(new() { Event = AuditEvent.Login, User = $"user{index % 2}" }, out _, out _);
        using var http = fixture.ConnectToSocket();

        var seqs = new List<long>();
        for (var next = "/v1/audit?user=user1&limit=5&order=oldest"; next is not null;)
        {
            var page = (await http.GetFromJsonAsync<RecordsPage>(next, AdminJson.Compact))!;
            Assert.That(page.Items.Length, Is.LessThanOrEqualTo(5));
            seqs.AddRange(page.Items.Select(static r => r.Seq));
            next = page.Next;
        }

        Assert.That(seqs, Is.EqualTo(Enumerable.Range(1, 25).Where(static seq => seq % 2 == 0).Select(static seq => (long)seq)));
        var newest = (await http.GetFromJsonAsync<RecordsPage>("/v1/audit?limit=3", AdminJson.Compact))!;
        Assert.That(newest.Items.Select(static r => r.Seq), Is.EqualTo(new long[] { 25, 24, 23 }));
        Assert.That(newest.Cursor, Is.EqualTo("23"));
    }

    [Test]
    public async Task Counts_are_by_hour_or_by_day()
    {
        await using var fixture = await AdminFixture.StartAsync();
        for (var index = 0; index < 3; index++)
            fixture.Audit.TryRecord(new() { Event = AuditEvent.Denied, User = "alice", Outcome = AuditOutcome.Refused, Rows = 2 }, out _, out _);
        using var http = fixture.ConnectToSocket();

        foreach (var every in new[] { "hour", "day" })
        {
            var counts = (await http.GetFromJsonAsync<CountView[]>($"/v1/audit/counts?every={every}&user=alice&from=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z", AdminJson.Compact))!;
            Assert.That(counts.Sum(static c => c.Records), Is.EqualTo(3), every);
            Assert.That(counts.Select(static c => (c.Event, c.Outcome)).Distinct(), Is.EqualTo(new[] { ("denied", (string?)"refused") }));
            Assert.That(counts.Select(c => every == "day" ? c.At.Hour : 0).Concat(counts.Select(static c => c.At.Minute)), Is.All.Zero);
        }
    }

    [TestCase("v1/audit?limit=0")]
    [TestCase("v1/audit?limit=1001")]
    [TestCase("v1/audit?limit=99999999999999999999")]
    [TestCase("v1/audit?cursor=x")]
    [TestCase("v1/audit?cursor=-1")]
    [TestCase("v1/audit?usr=alice")]
    [TestCase("v1/audit?user=a&user=b")]
    [TestCase("v1/audit?outcome=fine")]
    [TestCase("v1/audit?rows_min=many")]
    [TestCase("v1/audit?is_masked=1")]
    [TestCase("v1/audit?order=sideways")]
    [TestCase("v1/audit?since=now()")]
    [TestCase("v1/audit/lines?follow=true&order=newest")]
    [TestCase("v1/audit/counts?every=minute")]
    [TestCase("v1/audit/counts?user=a&database=b/c")]
    [TestCase("v1/grants?cursor=1")]
    [TestCase("v1/grants?cursor=1.2.3")]
    [TestCase("v1/grants?kind=sql")]
    [TestCase("v1/grants?waiting=yes")]
    [TestCase("v1/grants?status=active,open")]
    [TestCase("v1/grants?approved_since=%00")]
    [TestCase("v1/grants?'%20OR%201=1")]
    public async Task A_query_that_does_not_read_is_a_fault_and_never_no_restriction(string path)
    {
        await using var fixture = await AdminFixture.StartAsync();
        using var http = fixture.ConnectToSocket();

        using var response = await http.GetAsync(path);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await response.Content.ReadFromJsonAsync<Problem>(AdminJson.Compact))!.Title, Is.Not.Empty);
    }

    [TestCase("v1/audit?text=%00%ff%f0%9f")]
    [TestCase("v1/audit?text='%3B%20DROP%20TABLE%20audit_block%3B--")]
    [TestCase("v1/audit?user='%20OR%20'1'%3D'1")]
    [TestCase("v1/audit?database=%25&server=_&client=*")]
    [TestCase("v1/audit?digest=xyz")]
    [TestCase("v1/audit?digest=abc")]
    [TestCase("v1/audit?seq=9223372036854775807&before=9223372036854775807&after=9223372036854775807")]
    [TestCase("v1/audit?rows_min=9223372036854775807&since=9999-12-31T23:59:59Z")]
    [TestCase("v1/grants?text=%22%5C%00&user=%F0%9F%98%80&cursor=9223372036854775807.9223372036854775807")]
    public async Task Strange_values_find_nothing_and_break_nothing(string path)
    {
        await using var fixture = await AdminFixture.StartAsync();
        fixture.Audit.TryRecord(new() { Event = AuditEvent.Login, User = "alice", Statement = "select 1" }, out _, out _);
        using var http = fixture.ConnectToSocket();

        using var response = await http.GetAsync(path);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.StartWith("""{"items":[],"""));
        Assert.That(fixture.Audit.Verify().Why, Is.Null);
    }

    [Test]
    public async Task Probes_answer_without_a_token_and_metrics_do_not()
    {
        await using var fixture = await AdminFixture.StartAsync();
        using var http = new HttpClient { BaseAddress = fixture.Address };
        Assert.That((await http.GetAsync("healthz")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await http.GetAsync("readyz")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await http.GetAsync("metrics")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));

        fixture.StandIns.Ready = new(false, [new("audit", false)]);
        var unready = await http.GetAsync("readyz");
        Assert.That(unready.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await unready.Content.ReadAsStringAsync(), Is.EqualTo("""{"ready":false,"checks":[{"name":"audit","ok":false}]}"""));
    }

    [Test]
    public async Task Wrong_tokens_have_to_wait_after_some_and_right_ones_never()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var token = System.Text.Json.JsonDocument.Parse((await fixture.RunAsync("token", "create", "--as", "alice", "--json")).Out).RootElement.GetProperty("token").GetString();
        using var http = new HttpClient { BaseAddress = fixture.Address };
        var statuses = new List<HttpStatusCode>();
        for (var index = 0; index < 15; index++)
            statuses.Add((await SendAsync($"jit_wrong{index}")).StatusCode);

        Assert.That(statuses.Take(10), Is.All.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(statuses.Skip(10), Is.All.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That((await SendAsync("jit_wrong")).Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That((await SendAsync(token!)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(fixture.Audit.Query(new() { Events = [AuditEvent.LoginRefused] }).Count(), Is.EqualTo(10), "a flood does not fill the trail");

        async Task<HttpResponseMessage> SendAsync(string secret)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "v1/grants");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {secret}");
            return await http.SendAsync(request);
        }
    }

    [Test]
    public async Task With_a_certificate_the_API_is_HTTPS_and_answers_nothing_in_clear()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=localhost", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await using var fixture = await AdminFixture.StartAsync(more: "tls: { certificate: c.pem, key: k.pem }", prepare: folder =>
        {
            File.WriteAllText(Path.Combine(folder, "c.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(folder, "k.pem"), key.ExportPkcs8PrivateKeyPem());
        });
        Assert.That(fixture.Address.Scheme, Is.EqualTo("https"));
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint };
        using var http = new HttpClient(handler) { BaseAddress = fixture.Address };
        Assert.That((await http.GetAsync("healthz")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        using var clear = new HttpClient { BaseAddress = new UriBuilder(fixture.Address) { Scheme = "http" }.Uri };
        Assert.That(async () => await clear.GetAsync("healthz"), Throws.InstanceOf<HttpRequestException>());
    }
}
