using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>Drivers of other languages, each in a script of its own in the folder Sessions/Clients, which says "done" if all was as it should be.</summary>
internal static class ForeignScript
{
    /// <summary>Runs one with the program for its language.</summary>
    public static async Task CheckAsync(string script, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Sessions", "Clients", script);
        var run = Path.GetExtension(script) switch
        {
            ".py" => await ProcessRun.RunAsync("/usr/bin/python3", [path, .. arguments], environment),
            ".js" => await ProcessRun.RunAsync("node", [path, .. arguments], new Dictionary<string, string>(environment) { ["NODE_PATH"] = await NodeModules.InstallAsync() }),
            ".java" => await ProcessRun.RunAsync("java", ["-cp", "/usr/share/java/mariadb-java-client.jar", path, .. arguments], environment),
            _ => throw new ArgumentException("a script of no known language", nameof(script)),
        };
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, "done\n")), run.Text);
    }
}
