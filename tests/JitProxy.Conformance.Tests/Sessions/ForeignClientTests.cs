using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Drivers of other languages, each in a script of its own in the folder Clients.</summary>
[TestFixture]
internal sealed class ForeignClientTests
{
    private const string Prefix = "SELECT id, name, ssn, email, salary, born FROM customers WHERE id <= ";
    private const string Numbered = "SELECT id, ssn FROM customers WHERE id = $1";

    [OneTimeSetUp]
    public Task GrantAsync() => Shared.Proxy.GrantAsync(Numbered);

    [Test]
    public Task Psycopg2_works() => CheckAsync("psycopg2_client.py", Prefix);

    [Test]
    public Task Psycopg_3_works() => CheckAsync("psycopg3_client.py", Numbered.Replace("$1", "%s", StringComparison.Ordinal));

    [Test]
    public Task Node_postgres_works() => CheckAsync("node_client.js", Numbered);

    [TestCase("simple")]
    [TestCase("extended")]
    [TestCase("prepared")]
    public async Task Pgbench_runs_a_granted_statement(string mode)
    {
        var run = await PgbenchAsync(mode, Shop.Granted);
        Assert.That(run.Output, Does.Contain("number of transactions actually processed: 200/200").And.Contain("number of failed transactions: 0"), run.Text);
    }

    [TestCase("simple")]
    [TestCase("extended")]
    [TestCase("prepared")]
    public async Task Pgbench_is_refused_anything_else(string mode)
    {
        var run = await PgbenchAsync(mode, Shop.Refused);
        Assert.That(run.ExitCode, Is.Not.Zero);
        Assert.That(run.Error, Does.Contain("may not run this statement").And.Not.Contain("CANARY"));
    }

    private static async Task<ProcessRun> PgbenchAsync(string mode, string statement)
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, statement + ";\n");
            return await ProcessRun.RunAsync("pgbench", ["-n", "-M", mode, "-f", script, "-c", "4", "-t", "50"], Shared.Proxy.ClientEnvironment);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static Task CheckAsync(string script, string third) =>
        ForeignScript.CheckAsync(script, Shared.Proxy.ClientEnvironment, Shop.Granted, Shop.Refused, third);
}
