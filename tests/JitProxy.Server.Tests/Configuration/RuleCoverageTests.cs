using JitProxy.Server.Configuration;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Configuration;

/// <summary>Rules that can never decide anything, and steps that nobody can sign.</summary>
internal sealed class RuleCoverageTests
{
    private const string Rest = """

        servers:
          shop: { engine: postgresql, environment: prod, listen: 127.0.0.1:6432, upstream: { host: db, user: u } }
          books: { engine: mysql, environment: test, listen: 127.0.0.1:6033, upstream: { host: db, user: u } }
        projects:
          store: { databases: [shop/app, "books/*"], owners: [bob], just_in_time_access: true, data_export: closed }
        workspace_roles: { dba: [dave], security: [carol, dave], nobody: [] }
        database_roles: { reader: [select] }
        """;

    [TestCase("request.unmask == true")]
    [TestCase("resource.environment_id == 'prod'")]
    [TestCase("resource.db_engine == 'mariadb'", Description = "a server of MySQL's engine may turn out to be MariaDB")]
    [TestCase("resource.database_name == 'whatever'", Description = "a pattern covers databases that nobody knows yet")]
    [TestCase("resource.table_name == 'salaries' && resource.project_id == 'store'")]
    [TestCase("request.expiration_days > 30 || statement.text.contains('x')")]
    public void A_rule_that_may_match_is_not_warned_of(string condition) => Assert.That(Warnings($"[{Rule(condition)}, {Rule("true")}]"), Is.Empty);

    [TestCase("request.data_export == true", Description = "the only project allows none")]
    [TestCase("resource.environment_id == 'prdo'")]
    [TestCase("resource.project_id == 'stores'")]
    [TestCase("resource.instance_id == 'shop' && resource.environment_id == 'test' && resource.table_name == 'salaries'")]
    [TestCase("request.role == 'reader'", Description = "a request for a statement has no role")]
    [TestCase("false && request.unmask")]
    public void A_condition_that_is_false_for_all_that_there_is_is_warned_of(string condition) =>
        Assert.That(Warnings($"[{Rule(condition)}]"), Has.One.Items.And.One.Contains("rule 1").And.One.Contains("its condition is false"));

    [Test]
    public void A_rule_behind_one_that_takes_everything_is_warned_of()
    {
        Assert.That(Warnings($"[{Rule("true")}, {Rule("resource.table_name == 'a'")}]"), Has.One.Items.And.One.Contains("rule 2").And.One.Contains("rules before it"));
        Assert.That(
            Warnings($"[{Rule("resource.environment_id == 'prod'")}, {Rule("resource.environment_id != 'prod'")}, {Rule("request.unmask")}]"),
            Has.One.Items.And.One.Contains("rule 3"),
            "two rules may take everything together");
        Assert.That(
            Warnings($"[{Rule("resource.table_name == 'a'")}, {Rule("resource.table_name == 'a'")}]"), Has.One.Items.And.One.Contains("rule 1 has the same condition"));
    }

    [Test]
    public void Rules_for_requests_that_no_project_takes_are_warned_of() =>
        Assert.That(Warnings("[{ source: request_role, steps: [dba] }]"), Has.One.Items.And.One.Contains("no project has request_role on"));

    [TestCase("[nobody]", 0)]
    [TestCase("[{ any_of: [dba, security], approvals: 3 }]", 2)]
    public void A_step_that_too_few_people_can_sign_is_warned_of(string steps, int count) =>
        Assert.That(Warnings("[]", steps), Has.One.Items.And.One.Contains("project store").And.One.EndsWith($": {count}"));

    [TestCase("[project-owner, { any_of: [dba, security], approvals: 2 }]")]
    [TestCase("[]")]
    public void A_step_that_enough_people_can_sign_is_not(string steps) => Assert.That(Warnings("[]", steps), Is.Empty);

    [TestCase("resource.environment_id == 'prdo'", "its condition is false")]
    [TestCase("resource.environment_id == 'prod' && resource.instance_id == 'books'", "its condition is false")]
    [TestCase("resource.table_name == 'a'", null)]
    [TestCase("resource.project_id == ''", null, Description = "what is refused because no project covers it is recorded, too")]
    [TestCase("true", "rules before it take every statement", "{ literals: omit }")]
    [TestCase("'a' in statement.tables", "rule 1 of audit.redact has the same condition", "{ condition: \"'a' in statement.tables\", literals: omit }")]
    public void Rules_of_redaction_that_can_never_match_are_warned_of(string condition, string? warning, string before = "{ condition: \"false\", literals: omit }")
    {
        using var file = new ConfigurationFile($"audit: {{ redact: [{before}, {{ condition: \"{condition}\", parameters: hash }}] }}{Rest}");
        var warnings = RuleCoverage.FindWarnings(file.Load()).Where(static w => w.StartsWith("rule 2 of audit.redact", StringComparison.Ordinal)).ToList();

        Assert.That(warnings, warning is null ? Is.Empty : Has.One.Items.And.One.Contains(warning));
    }

    private static string Rule(string condition) => $"{{ source: just_in_time_access, condition: \"{condition}\", steps: [project-owner] }}";

    private static System.Collections.Immutable.ImmutableArray<string> Warnings(string rules, string fallback = "[project-owner]")
    {
        using var file = new ConfigurationFile($"approval: {{ rules: {rules}, fallback: {fallback} }}{Rest}");
        return RuleCoverage.FindWarnings(file.Load());
    }
}
