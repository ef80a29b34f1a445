using System.Text;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Admin;

/// <summary>The trail as CSV, from API and command line alike: every field, nothing lost, nothing that a spreadsheet computes.</summary>
internal sealed class AuditCsvTests
{
    private const string Heading =
        "seq,at,event,user,actor,client,server,database,grant,execution,statement,redacted,digest,parameters,rows,bytes,masked,outcome,error,detail,duration_us,hash";

    private static readonly string[] Nasty =
    [
        "plain", "a,b", "say \"hi\"", "two\nlines", "two\r\nlines", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'already", "ünï", "\uFF1D1+1", "\"", ",", "a;b",
    ];

    [Test]
    public async Task What_is_written_reads_back_field_by_field([Values] bool isCommand)
    {
        await using var fixture = await AdminFixture.StartAsync();
        foreach (var text in Nasty)
        {
            var record = new AuditRecord { Event = AuditEvent.Denied, User = text, Statement = text, Error = text, Detail = text, Parameters = [text, null, ""], Masked = [text] };
            Assert.That(fixture.Audit.TryRecord(record, out _, out var fault), Is.True, fault);
        }

        var text1 = isCommand ? (await fixture.RunAsync("audit", "--format", "csv")).MustSucceed().Out : await GetAsync(fixture, "format=csv");
        var rows = Parse(text1);
        Assert.That(string.Join(',', rows[0]), Is.EqualTo(Heading));
        Assert.That(rows, Has.Count.EqualTo(Nasty.Length + 1));
        Assert.That(rows.Select(static r => r.Length), Is.All.EqualTo(22));
        for (var i = 0; i < Nasty.Length; i++)
        {
            foreach (var column in new[] { 3, 10, 18, 19 })
            {
                var cell = rows[i + 1][column];
                Assert.That(cell is ['\'', ..] && cell != Nasty[i] ? cell[1..] : cell, Is.EqualTo(Nasty[i]));
                Assert.That(cell[0], Is.Not.AnyOf('=', '+', '-', '@', '\t', '\r', '\n', '\uFF1D'));
            }

            Assert.That(System.Text.Json.JsonSerializer.Deserialize<string?[]>(rows[i + 1][13]), Is.EqualTo(new[] { Nasty[i], null, "" }));
            Assert.That(System.Text.Json.JsonSerializer.Deserialize<string?[]>(rows[i + 1][16]), Is.EqualTo(new[] { Nasty[i] }));
        }
    }

    [TestCase("detail=TICKET", 1)]
    [TestCase("parameter=42", 1)]
    [TestCase("parameter=4", 0)]
    [TestCase("parameter=42&detail=ticket", 0)]
    [TestCase("user=bob", 1)]
    [TestCase("text=from%20t&outcome=refused&database=shop/app&client=10.0.0.1&server=shop&decision=denied", 1)]
    [TestCase("order=newest", 2)]
    public async Task Filters_hold_for_CSV_too(string query, int count)
    {
        await using var fixture = await AdminFixture.StartAsync();
        Record(fixture, new() { Event = AuditEvent.Denied, User = "alice", Client = "10.0.0.1:5", Server = "shop", Database = "shop/app", Statement = "select 1 from t", Outcome = AuditOutcome.Refused, Parameters = ["42"] });
        Record(fixture, new() { Event = AuditEvent.GrantRequested, User = "bob", Detail = "for ticket 9" });

        Assert.That(Parse(await GetAsync(fixture, $"format=csv&{query}")), Has.Count.EqualTo(count + 1));
    }

    [Test]
    public async Task Another_format_is_refused_with_those_that_there_are()
    {
        await using var fixture = await AdminFixture.StartAsync();
        Assert.That(await GetAsync(fixture, "format=xml"), Does.Contain("neither jsonl nor csv"));
    }

    [Test]
    public async Task Following_as_CSV_goes_on_with_what_comes()
    {
        await using var fixture = await AdminFixture.StartAsync();
        Record(fixture, new() { Event = AuditEvent.Login, User = "alice" });
        using var http = fixture.ConnectToSocket();
        await using var stream = await http.GetStreamAsync(new Uri("v1/audit/lines?format=csv&follow=true", UriKind.Relative));
        using var reader = new StreamReader(stream);
        Assert.That(await reader.ReadLineAsync(), Is.EqualTo(Heading));
        Assert.That(await reader.ReadLineAsync(), Does.StartWith("1,"));
        Record(fixture, new() { Event = AuditEvent.Login, User = "bob" });
        Assert.That(await reader.ReadLineAsync(), Does.StartWith("2,").And.Contain(",bob,"));
    }

    private static void Record(AdminFixture fixture, AuditRecord record) => Assert.That(fixture.Audit.TryRecord(record, out _, out var fault), Is.True, fault);

    private static async Task<string> GetAsync(AdminFixture fixture, string query)
    {
        using var http = fixture.ConnectToSocket();
        using var answer = await http.GetAsync(new Uri($"v1/audit/lines?{query}", UriKind.Relative));
        return await answer.Content.ReadAsStringAsync();
    }

    // As RFC 4180 has it, and strictly.
    private static List<string[]> Parse(string text)
    {
        var rows = new List<string[]>();
        var row = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var cell = new StringBuilder();
            if (text[at] == '"')
            {
                for (at++; text[at] != '"' || (at + 1 < text.Length && text[at + 1] == '"'); at++)
                {
                    if (text[at] == '"')
                        at++;
                    cell.Append(text[at]);
                }

                at++;
            }
            else
            {
                while (text[at] is not (',' or '\r'))
                {
                    Assert.That(text[at], Is.Not.AnyOf('"', '\n'));
                    cell.Append(text[at++]);
                }
            }

            row.Add(cell.ToString());
            if (text[at++] == ',')
                continue;

            Assert.That(text[at++], Is.EqualTo('\n'));
            rows.Add([.. row]);
            row.Clear();
        }

        return rows;
    }
}
