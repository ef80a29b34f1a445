using JitProxy.Server.Configuration;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Settings of a project that change while grants are active.</summary>
internal sealed class ProjectSettingTests
{
    private const string Approved = "SELECT id, note FROM orders";

    private static ServerModel Model() =>
        new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", [.. Enumerable.Range(0, 3).Select(static i => $"{i},a")]));

    [Test]
    public async Task A_grant_stops_when_its_project_takes_no_requests_any_more()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        Assert.That(await f.Client.Query(Approved).RunAsync(), Does.EndWith("Done(SELECT 3) Ready(I)"));

        Change(f, static p => p with { JustInTimeAccess = false });

        Assert.That(await f.Client.Query(Approved).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("just_in_time_access is off"));
    }

    [Test]
    public async Task A_grant_stops_when_its_database_leaves_the_project()
    {
        await using var f = await new SessionFixture().StartAsync(Model());
        await f.GrantAsync(Approved);
        Change(f, static p => p with { Databases = [new("shop", "other")] });

        Assert.That(await f.Client.Query(Approved).RunAsync(), Is.EqualTo("ERROR(42501) Ready(I)"));
        Assert.That(f.Client.LastError, Does.Contain("no longer in project store"));
    }

    [TestCase(DataExport.Open, false, true)]
    [TestCase(DataExport.Request, true, true)]
    [TestCase(DataExport.Request, false, false)]
    [TestCase(DataExport.Closed, true, false)]
    public async Task The_caps_follow_the_setting_and_not_the_grant_alone(object setting, bool export, bool isFree)
    {
        await using var f = await new SessionFixture(limits: "{ rows: 2 }").StartAsync(Model());
        await f.GrantAsync(Approved, export: export);
        Change(f, p => p with { DataExport = (DataExport)setting });

        Assert.That(await f.Client.Query(Approved).RunAsync(), isFree ? Does.EndWith("Done(SELECT 3) Ready(I)") : Does.Contain("ERROR(54000)"));
    }

    private static void Change(SessionFixture f, Func<ProjectConfiguration, ProjectConfiguration> change)
    {
        var configuration = f.Configuration;
        var changed = configuration with { Projects = configuration.Projects.SetItem("store", change(configuration.Projects["store"])) };
        f.Policies.Current = new(changed, configuration.Masking.WithSecrets(f.Secrets));
    }
}
