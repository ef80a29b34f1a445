using System.Text.Json;
using JitProxy.Server.Tests.Admin;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Cli;

/// <summary>What a request can be besides a statement for a time, as it is typed.</summary>
internal sealed class RequestCommandTests
{
    private static readonly string[] Request = ["request", "--database", "shop/app", "--statement", "select email from customers", "--reason", "ticket 7", "--as", "alice"];

    [Test]
    public async Task An_approver_takes_away_what_is_not_needed()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        await fixture.RunAsync([.. Request, "--export", "--executions", "5"]);

        var wider = await fixture.RunAsync("approve", "1", "--executions", "6", "--as", "bob");
        Assert.That(wider.Error, Does.Contain("shorten and narrow"));
        Assert.That((await fixture.RunAsync("approve", "1", "--no-export", "--executions", "2", "--as", "bob")).ExitCode, Is.Zero);

        var grant = JsonDocument.Parse((await fixture.RunAsync("grant", "1", "--json")).Out).RootElement;
        Assert.That(grant.GetProperty("export").GetBoolean(), Is.False);
        Assert.That(grant.GetProperty("executions_max").GetInt64(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_rejected_request_is_made_again()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        await fixture.RunAsync([.. Request, "--from", "10.0.0.0/8", "--from", "192.0.2.1"]);
        await fixture.RunAsync("reject", "1", "--comment", "which ticket?", "--as", "bob");

        var again = await fixture.RunAsync("request", "--again", "1", "--reason", "ticket 8", "--as", "alice");

        Assert.That((again.ExitCode, again.Out.Trim()), Is.EqualTo((0, "request 2 is pending: waits for project-owner")));
        var page = await fixture.RunAsync("grant", "2");
        Assert.That(page.Out, Does.Match("(?m)^follows +grant 1$").And.Match("(?m)^from +10.0.0.0/8, 192.0.2.1/32$").And.Match("(?m)^reason +ticket 8$"));
        Assert.That((await fixture.RunAsync("request", "--again", "1", "--unmask", "--reason", "x", "--as", "alice")).ExitCode, Is.EqualTo(2));
        Assert.That((await fixture.RunAsync("request", "--again", "7", "--reason", "x", "--as", "alice")).Error, Does.Contain("no grant 7"));
    }

    [Test]
    public async Task The_glass_is_broken_and_reviewed()
    {
        await using var fixture = await AdminFixture.StartWithUsersAsync();
        var asked = await fixture.RunAsync([.. Request[..^1], "carol", "--break-glass"]);
        Assert.That(asked.Out, Does.StartWith("request 1 is active until"));

        Assert.That((await fixture.RunAsync("grants", "--unreviewed")).Out, Does.Contain("break-glass (not reviewed)"));
        Assert.That((await fixture.RunAsync("review", "1", "--as", "bob")).ExitCode, Is.EqualTo(2), "what was found has to be said");
        Assert.That((await fixture.RunAsync("review", "1", "--comment", "fine", "--as", "bob")).ExitCode, Is.Zero);
        Assert.That(JsonDocument.Parse((await fixture.RunAsync("grants", "--unreviewed", "--json")).Out).RootElement.GetArrayLength(), Is.Zero);
        Assert.That((await fixture.RunAsync("grant", "1")).Out, Does.Contain("break-glass").And.Contain("bob: fine"));
        Assert.That((await fixture.RunAsync("audit", "--grant", "1", "--json")).Out, Does.Contain("grant_reviewed").And.Contain("break-glass"));
    }
}
