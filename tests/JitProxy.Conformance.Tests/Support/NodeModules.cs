using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>Drivers of node, kept from run to run beside what was built: the registry need not be there for the second one.</summary>
internal static class NodeModules
{
    private const string Versions = "pg@8.16.3 pg-cursor@2.15.3 mysql2@3.24.6 mariadb@3.5.4";
    private static readonly SemaphoreSlim Installing = new(1);

    /// <summary>Installs what is missing; the folder to look for modules in.</summary>
    public static async Task<string> InstallAsync()
    {
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../node-clients"));
        var mark = Path.Combine(folder, "installed");
        await Installing.WaitAsync();
        try
        {
            if (!File.Exists(mark) || await File.ReadAllTextAsync(mark) != Versions)
            {
                Directory.CreateDirectory(folder);
                var run = await ProcessRun.RunAsync("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, .. Versions.Split(' ')]);
                Assert.That(run.ExitCode, Is.Zero, $"npm could not install {Versions}: {run.Text}");
                await File.WriteAllTextAsync(mark, Versions);
            }
        }
        finally
        {
            Installing.Release();
        }

        return Path.Combine(folder, "node_modules");
    }
}
