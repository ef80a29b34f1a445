using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Decide;
using NUnit.Framework;
using static JitProxy.Server.Tests.Decide.DeskFixture;

namespace JitProxy.Server.Tests.Decide;

[TestFixture]
internal sealed class RequestCheckTests
{
    private DeskFixture _at = null!;

    [SetUp]
    public void SetUp() => _at = new();

    [TearDown]
    public void TearDown() => _at.Dispose();

    [TestCase("", "The statement is empty")]
    [TestCase(" -- only a comment", "The statement is empty")]
    [TestCase("select 1; select 2", "2 statements")]
    [TestCase("select 'open", "string without an end")]
    [TestCase("select '\0'", "NUL")]
    public async Task A_text_that_is_not_one_statement_is_refused(string statement, string expected) =>
        Assert.That(Refused(await _at.AskAsync(Wish(statement))), Does.Contain(expected));

    [Test]
    public async Task Half_a_character_is_refused() =>
        Assert.That(Refused(await _at.AskAsync(Wish("select '" + (char)0xD800 + "'"))), Does.Contain("Unicode"));

    [TestCase("app", "not a database")]
    [TestCase("/app", "not a database")]
    [TestCase("shop/", "not a database")]
    [TestCase("other/app", "no server \"other\"")]
    [TestCase("shop/elsewhere", "No project holds the database shop/elsewhere")]
    [TestCase("shop/shut", "takes no requests for statements")]
    [TestCase("shop/report_lost", "cannot be reached")]
    public async Task A_database_that_cannot_be_asked_for_is_refused(string database, string expected) =>
        Assert.That(Refused(await _at.AskAsync(Wish(database: database))), Does.Contain(expected));

    [Test]
    public async Task Databases_of_one_request_belong_together()
    {
        var wish = Wish();

        Assert.That(Refused(await _at.AskAsync(wish with { Databases = [] })), Does.Contain("between 1 and"));
        Assert.That(Refused(await _at.AskAsync(wish with { Databases = ["shop/app", "shop/app"] })), Does.Contain("twice"));
        Assert.That(Refused(await _at.AskAsync(wish with { Databases = ["shop/app", "shop/quiet"] })), Does.Contain("different projects"));
        Assert.That(Refused(await _at.AskAsync(wish with { Databases = ["shop/app", "books/ledger"] })), Does.Contain("different dialects"));
        Assert.That((await _at.RequestAsync(wish with { Databases = ["shop/app", "shop/report_1"] })).Databases, Has.Length.EqualTo(2));
    }

    [Test]
    public async Task The_schema_is_that_of_the_sessions()
    {
        Assert.That((await _at.RequestAsync(Wish(database: "shop/report_2"))).Schema, Is.EqualTo("reports"));
        Assert.That((await _at.RequestAsync(Wish("select 3", "shop/report_2") with { Schema = "reports" })).Schema, Is.EqualTo("reports"));
        Assert.That((await _at.RequestAsync(Wish("select 4", "shop/report_3") with { Schema = "jitproxy" })).Schema, Is.EqualTo("jitproxy, public"), "the first of the path");
        Assert.That(_at.Decide("select 4", schema: "jitproxy, public", database: "shop/report_3").Objection!.Reason, Is.EqualTo(DenyReason.GrantPending), "sessions find it");
    }

    [Test]
    public async Task A_schema_that_no_session_has_is_refused()
    {
        Assert.That(Refused(await _at.AskAsync(Wish() with { Schema = "archive" })), Does.Contain("looked up in public").And.Contain("archive.NAME"));
        var both = Wish("select 2") with { Databases = ["shop/app", "shop/report_2"] };
        Assert.That(Refused(await _at.AskAsync(both)), Does.Contain("separately"));
        Assert.That(Refused(await _at.AskAsync(both with { Schema = "reports" })), Does.Contain("On shop/app"));
    }

    [Test]
    public async Task A_statement_stays_in_the_databases_that_its_request_names()
    {
        using var at = new DeskFixture(Yaml.Replace("quiet:\n", "ledgers:\n    databases: [books/app, books/pay]\n    owners: [bob]\n    just_in_time_access: true\n  quiet:\n", StringComparison.Ordinal));
        var wish = Wish("select total from pay.salaries", "books/app");
        at.Analysis = at.Analysis with { Relations = [new("app", "orders"), new("pay", "salaries")] };

        Assert.That(
            Refused(await at.AskAsync(wish)),
            Is.EqualTo("The statement reads the database pay, which the request does not name. Ask for both, if one project holds them: --database books/app,books/pay."));
        Assert.That((await at.RequestAsync(wish with { Databases = ["books/app", "books/pay"] })).Steps.Single().Role, Is.EqualTo("dba"), "as the rule for salaries says");

        at.Analysis = at.Analysis with { Relations = [new("app", "totals"), new("pay", "salaries", IsBehindView: true), new("information_schema", "TABLES")] };
        Assert.That((await at.RequestAsync(wish with { Statement = "select * from totals" })).Databases, Is.EqualTo(new[] { "books/app" }));
        at.Analysis = at.Analysis with { Relations = [new("PAY", "salaries")] };
        Assert.That(Refused(await at.AskAsync(wish with { Databases = ["books/app", "books/pay"], Statement = "select 9 from PAY.salaries" })), Does.Contain("the database PAY"));
    }

    [Test]
    public async Task Terms_outside_the_projects_are_refused()
    {
        Assert.That(Refused(await _at.AskAsync(Wish() with { Duration = TimeSpan.FromDays(8) })), Does.Contain("at most 7d"));
        Assert.That(Refused(await _at.AskAsync(Wish() with { Duration = TimeSpan.Zero })), Does.Contain("positive"));
        Assert.That(Refused(await _at.AskAsync(Wish() with { ExecutionsMax = 0 })), Does.Contain("between 1 and"));
        Assert.That(Refused(await _at.AskAsync(Wish(database: "shop/quiet") with { Export = true })), Does.Contain("no export"));
        Assert.That(Refused(await _at.AskAsync(Wish() with { Reason = " " })), Does.Contain("--reason"));
        Assert.That(Refused(await _at.AskAsync(Wish() with { Reason = new string('x', 4001) })), Does.Contain("longer"));
        Assert.That(Refused(await _at.AskAsync(Wish() with { Schema = "" })), Does.Contain("--schema"));
        Assert.That(Refused(await _at.AskAsync(user: "mallory")), Does.Contain("no user \"mallory\""));
        Assert.That(_at.Desk.Book.Count, Is.Zero);
    }

    [Test]
    public async Task Only_a_statement_that_reads_can_be_granted()
    {
        _at.Analysis = new() { Kind = StatementKind.Delete, ReadOnlyObjection = "DELETE changes rows." };

        Assert.That(Refused(await _at.AskAsync(Wish("delete from customers"))), Does.Contain("DELETE changes rows."));
    }

    [Test]
    public async Task People_are_told_what_could_not_be_resolved_and_of_parameters()
    {
        _at.Analysis = new() { Kind = StatementKind.Select, Unresolved = "There is no table customers.", ParameterCount = 2 };

        var result = await _at.AskAsync(Wish("select * from customers where id = $1 or id = $2"));

        Assert.That(result.Notes, Has.Length.EqualTo(2));
        Assert.That(result.Notes[0], Does.Contain("There is no table customers."));
        Assert.That(result.Notes[1], Does.Contain("2 parameters"));
    }

    [Test]
    public async Task What_is_approved_is_the_statement_without_what_stands_around_it() =>
        Assert.That((await _at.RequestAsync(Wish(" /* a */ select 1 -- b\n ; "))).Statement, Is.EqualTo("select 1"));

    [Test]
    public async Task A_role_is_granted_by_name_and_comes_masked()
    {
        var wish = new GrantWish { Kind = GrantKind.Role, Databases = ["shop/app"], Role = "sql-editor-user", Reason = "on call" };

        Assert.That((await _at.RequestAsync(wish)).Role, Is.EqualTo("sql-editor-user"));
        Assert.That(Refused(await _at.AskAsync(wish)), Does.Contain("already waiting"));
        Assert.That(Refused(await _at.AskAsync(wish with { Role = "root" })), Does.Contain("sql-editor-user"));
        Assert.That(Refused(await _at.AskAsync(wish with { Unmask = true })), Does.Contain("masked"));
        Assert.That(Refused(await _at.AskAsync(wish with { Databases = ["shop/quiet"] })), Does.Contain("takes no requests for roles"));
    }

    [Test]
    public async Task The_first_rule_that_matches_names_the_steps()
    {
        Assert.That(Steps(await _at.RequestAsync()), Is.EqualTo("project-owner"));
        Assert.That(Steps(await _at.RequestAsync(Wish() with { Unmask = true })), Is.EqualTo("project-owner,security"));

        _at.Analysis = _at.Analysis with { Relations = [new("public", "customers"), new("public", "salaries")] };
        Assert.That(Steps(await _at.RequestAsync(Wish("select 3"))), Is.EqualTo("dba"));
    }

    [Test]
    public async Task Rules_are_for_one_source_each()
    {
        const string Rules = "  rules:\n    - source: request_role\n      condition: request.role == \"sql-editor-user\" && request.expiration_days > 3\n      steps: [security, { any_of: [dba, project-owner], approvals: 2 }]\n";
        using var at = new DeskFixture(Yaml.Replace("  rules:\n", Rules, StringComparison.Ordinal));
        var role = Wish() with { Kind = GrantKind.Role, Role = "sql-editor-user", Statement = null };

        Assert.That(Steps(await at.RequestAsync(role with { Duration = TimeSpan.FromDays(5) })), Is.EqualTo("security,dba or project-owner,dba or project-owner"));
        Assert.That(Steps(await at.RequestAsync(Wish("select 5") with { Duration = TimeSpan.FromDays(5) })), Is.EqualTo("project-owner"), "the rule is not for statements");
        at.Analysis = at.Analysis with { Relations = [new("public", "salaries")] };
        Assert.That(Steps(await at.RequestAsync(role, "dave")), Is.EqualTo("project-owner"), "and those for statements are not for roles, which touch every table");
    }

    [Test]
    public async Task A_statement_that_may_touch_any_table_falls_under_the_rules_of_each()
    {
        _at.Analysis = _at.Analysis with { Unresolved = "A table is not known." };

        Assert.That(Steps(await _at.RequestAsync()), Is.EqualTo("dba"));
    }

    [Test]
    public async Task A_statement_without_tables_falls_under_no_rule_for_tables()
    {
        _at.Analysis = new() { Kind = StatementKind.Select };

        Assert.That(Steps(await _at.RequestAsync()), Is.EqualTo("project-owner"));
    }

    [Test]
    public async Task A_rule_without_steps_approves_at_once() =>
        Assert.That((await _at.RequestAsync(Wish("select 'free'"))).StatusAt(_at.Clock.Now), Is.EqualTo(GrantStatus.Active));

    [Test]
    public async Task Without_rule_and_fallback_nothing_is_requested()
    {
        using var other = new DeskFixture(Yaml.Replace("  fallback: [project-owner]", "", StringComparison.Ordinal));

        Assert.That(Refused(await other.AskAsync()), Does.Contain("nobody could approve"));
    }

    private static string Steps(Grant grant) => string.Join(',', grant.Steps.Select(s => s.Role));
}
