using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Drivers of other languages, each in a script of its own in the folder Clients.</summary>
[TestFixture]
internal sealed class ForeignClientTests
{
    private const string Prefix = "SELECT id, name, ssn, email, salary, born FROM customers WHERE id <= ";
    private const string Numbered = "SELECT id, ssn FROM customers WHERE id = $1";
    private const string Versions = "pg@8.16.3 pg-cursor@2.15.3";

    [OneTimeSetUp]
    public Task GrantAsync() => Shared.Proxy.GrantAsync(Numbered);

    [Test]
    public async Task Psycopg2_works() => Check(await PythonAsync("psycopg2_client.py", Shop.Granted, Shop.Refused, Prefix));

    [Test]
    public async Task Psycopg_3_works() => Check(await PythonAsync("psycopg3_client.py", Shop.Granted, Shop.Refused, Numbered.Replace("$1", "%s", StringComparison.Ordinal)));

    [Test]
    public async Task Node_postgres_works()
    {
        var modules = await InstallNodeModulesAsync();
        var environment = new Dictionary<string, string>(Shared.Proxy.ClientEnvironment) { ["NODE_PATH"] = modules };
        Check(await ProcessRun.RunAsync("node", [Script("node_client.js"), Shop.Granted, Shop.Refused, Numbered], environment));
    }

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

    private static Task<ProcessRun> PythonAsync(string script, params string[] arguments) =>
        ProcessRun.RunAsync("/usr/bin/python3", [Script(script), .. arguments], Shared.Proxy.ClientEnvironment);

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Sessions", "Clients", name);

    private static void Check(ProcessRun run) => Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, "done\n")), run.Text);

    // Kept from run to run beside what was built: the registry need not be there for the second one.
    private static async Task<string> InstallNodeModulesAsync()
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../node-clients"));
        var modules = Path.Combine(folder, "node_modules");
        if (!Directory.Exists(Path.Combine(modules, "pg-cursor")))
        {
            Directory.CreateDirectory(folder);
            var run = await ProcessRun.RunAsync("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, .. Versions.Split(' ')]);
            Assert.That(run.ExitCode, Is.Zero, $"npm could not install {Versions}: {run.Text}");
        }

        return modules;
    }
}
