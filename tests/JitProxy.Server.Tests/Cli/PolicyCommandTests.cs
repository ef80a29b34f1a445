using JitProxy.Server.Cli;
using JitProxy.Server.Tests.Configuration;
using JitProxy.Server.Tests.Decide;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Cli;

/// <summary>`policy test`: a table of requests with the flows that they should get.</summary>
internal sealed class PolicyCommandTests
{
    private const string AsExpected = """
        requests:
          - { name: plain, databases: [shop/app], statement: "select 1", tables: [customers], expect: [project-owner] }
          - { name: clear, databases: [shop/app], tables: [customers], unmask: true, expect: [project-owner, security] }
          - { name: pay, databases: [shop/app], tables: [hr.salaries], expect: [dba] }
          - { name: pay by column, databases: [shop/app], columns: [salaries.amount], expect: [dba] }
          - { name: unknown, databases: [shop/app], statement: "select f()", expect: [dba] }
          - { name: free, databases: [shop/app], statement: "select 'free'", tables: [], expect: [] }
          - { name: no export, databases: [shop/quiet], export: true, tables: [], expect: refused, because: data_export }
          - { name: too long, databases: [shop/app], expires: 30d, tables: [], expect: refused, because: max_expiration }
          - { name: role, databases: [shop/app], role: sql-editor-user, expires: 2d, expect: [project-owner] }
          - { name: no such role, databases: [shop/app], role: root, expect: refused }
          - { name: no roles here, databases: [shop/quiet], role: sql-editor-user, expect: refused, because: request_role }
        """;

    [Test]
    public async Task A_policy_that_says_what_the_file_says_passes()
    {
        var (code, output, error) = await RunAsync(AsExpected);

        Assert.That((code, error), Is.EqualTo((0, "")));
        Assert.That(output, Does.Contain("11 as expected, 0 not").And.Match("(?m)^ok +clear +project-owner, then security +project-owner, then security$"));
    }

    [Test]
    public async Task A_difference_is_shown_and_fails()
    {
        var differs = AsExpected.Replace("unmask: true, expect: [project-owner, security]", "unmask: true, expect: [project-owner]", StringComparison.Ordinal)
            .Replace("because: request_role", "because: data_export", StringComparison.Ordinal);

        var (code, output, _) = await RunAsync(differs);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Match("(?m)^DIFFERS +clear +project-owner +project-owner, then security$").And.Match("(?m)^DIFFERS +no roles here ").And.Contain("9 as expected, 2 not"));

        (code, output, _) = await RunAsync(differs, "--json");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(System.Text.Json.JsonDocument.Parse(output).RootElement.EnumerateArray().Count(static r => !r.GetProperty("passed").GetBoolean()), Is.EqualTo(2));
    }

    [TestCase("requests: []", "could not fail")]
    [TestCase("request: []", "did you mean \"requests\"?")]
    [TestCase("requests: [{ databases: [shop/app], expect: [dbaa] }]", "1:46: nobody defines the role \"dbaa\"; did you mean \"dba\"?")]
    [TestCase("requests: [{ databases: [shop/app] }]", "has no \"expect\"")]
    [TestCase("requests: [{ databases: [shop/app], expect: [], because: x }]", "belongs to \"expect: refused\"")]
    [TestCase("requests: [{ databases: [shop/app], role: r, tables: [a], expect: [] }]", "not for both")]
    [TestCase("requests: [{ databases: [shop/app], tabels: [a], expect: [] }]", "did you mean \"tables\"?")]
    public async Task A_file_with_faults_is_not_tried(string text, string fault)
    {
        var (code, _, error) = await RunAsync(text);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain(fault));
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(string text, params string[] options)
    {
        using var file = new ConfigurationFile(DeskFixture.Yaml).Write("requests.yaml", text);
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var input = new StringReader("");
        var environment = new CliEnvironment { Out = output, Error = error, In = input, Variable = static _ => null };
        string[] arguments = ["policy", "test", Path.Combine(file.Directory, "requests.yaml"), "--config", file.FilePath, .. options];
        return (await CommandLine.RunAsync(arguments, environment), output.ToString(), error.ToString());
    }
}
