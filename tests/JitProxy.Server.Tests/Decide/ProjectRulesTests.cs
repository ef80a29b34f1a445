using JitProxy.Policy.Grants;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using NUnit.Framework;
using static JitProxy.Server.Tests.Decide.DeskFixture;

namespace JitProxy.Server.Tests.Decide;

/// <summary>What a project's settings forbid, when it is asked for and when it is signed; the refusal names the setting.</summary>
[TestFixture]
internal sealed class ProjectRulesTests
{
    private static readonly GrantWish Role = new() { Kind = GrantKind.Role, Databases = ["shop/app"], Role = "sql-editor-user", Reason = "on call" };

    private DeskFixture _at = null!;

    [SetUp]
    public void SetUp() => _at = new();

    [TearDown]
    public void TearDown() => _at.Dispose();

    [Test]
    public async Task A_request_that_a_setting_forbids_names_it()
    {
        Assert.That(Refused(await _at.AskAsync(Wish(database: "shop/shut"))), Does.Contain("just_in_time_access"));
        Assert.That(Refused(await _at.AskAsync(Role with { Databases = ["shop/quiet"] })), Does.Contain("request_role"));
        Assert.That(Refused(await _at.AskAsync(Wish(database: "shop/quiet") with { Export = true })), Does.Contain("data_export"));
        Assert.That(Refused(await _at.AskAsync(Wish() with { Duration = TimeSpan.FromDays(8) })), Does.Contain("max_expiration"));
        var own = await _at.RequestAsync();
        Assert.That(Refused(Sign(own, ApprovalTerms.AsRequested, "alice")), Does.Contain("self_approval"));
    }

    [Test]
    public async Task What_was_asked_before_a_setting_changed_is_not_signed_after()
    {
        var statement = await _at.RequestAsync(Wish("select 1") with { Export = true, Duration = TimeSpan.FromDays(2) });
        var role = await _at.RequestAsync(Role);

        Change(static p => p with { JustInTimeAccess = false, RequestRole = false });
        Assert.That(Refused(Sign(statement)), Does.Contain("just_in_time_access"));
        Assert.That(Refused(Sign(role)), Does.Contain("request_role"));

        Change(static p => p with { JustInTimeAccess = true, DataExport = DataExport.Closed, MaxExpiration = TimeSpan.FromDays(1) });
        Assert.That(Refused(Sign(statement)), Does.Contain("data_export").And.Contain("--no-export"));
        Assert.That(Refused(Sign(statement, new(DropExport: true))), Does.Contain("max_expiration").And.Contain("--expires 1d"));
        Assert.That(Done(Sign(statement, new(DropExport: true, Duration: TimeSpan.FromDays(1)))).Export, Is.False);
    }

    [Test]
    public async Task A_request_whose_project_is_gone_is_not_signed()
    {
        var grant = await _at.RequestAsync();
        _at.Configuration = _at.Configuration with { Projects = _at.Configuration.Projects.Remove("store") };

        Assert.That(Refused(Sign(grant)), Does.Contain("no longer configured"));
    }

    [Test]
    public async Task The_setting_decides_about_export_before_the_grant_does()
    {
        var with = await _at.ActiveAsync(Wish("select 1") with { Export = true });
        var without = await _at.ActiveAsync(Wish("select 2"));

        foreach (var (setting, allowsWith, allowsWithout) in new[] { (DataExport.Open, true, true), (DataExport.Request, true, false), (DataExport.Closed, false, false) })
        {
            Change(p => p with { DataExport = setting });
            Assert.That(ProjectRules.AllowsExport(_at.Configuration, with), Is.EqualTo(allowsWith), $"{setting}");
            Assert.That(ProjectRules.AllowsExport(_at.Configuration, without), Is.EqualTo(allowsWithout), $"{setting}");
        }

        _at.Configuration = _at.Configuration with { Projects = _at.Configuration.Projects.Remove("store") };
        Assert.That(ProjectRules.AllowsExport(_at.Configuration, with), Is.False, "unknown means no");
    }

    [Test]
    public async Task A_grant_is_used_only_where_its_project_still_says_so()
    {
        var statement = await _at.ActiveAsync();
        var role = Done(Sign(await _at.RequestAsync(Role)));
        Assert.That(Use(statement) ?? Use(role), Is.Null);

        Change(static p => p with { JustInTimeAccess = false });
        Assert.That(Use(statement), Does.Contain("just_in_time_access"));
        Assert.That(Use(role), Is.Null);
        Change(static p => p with { RequestRole = false });
        Assert.That(Use(role), Does.Contain("request_role"));
        Change(static p => p with { JustInTimeAccess = true, Databases = [new("shop", "other")] });
        Assert.That(Use(statement), Does.Contain("no longer in project store"));
    }

    private DeskResult Sign(Grant grant, ApprovalTerms? terms = null, string by = "bob") => _at.Desk.Approve(grant.Id, new(by), terms ?? ApprovalTerms.AsRequested);

    private string? Use(Grant grant) => ProjectRules.FindUseObjection(_at.Configuration, grant, "shop", "app");

    private void Change(Func<ProjectConfiguration, ProjectConfiguration> change) => _at.Configuration =
        _at.Configuration with { Projects = _at.Configuration.Projects.SetItem("store", change(_at.Configuration.Projects["store"])) };
}
