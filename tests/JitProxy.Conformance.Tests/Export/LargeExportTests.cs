using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Server.Admin.Contract;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Export;

/// <summary>Exports of a million rows: how much memory they take, and what becomes of them when somebody leaves in the middle.</summary>
[TestFixture(AnyShop.PostgreSql)]
[TestFixture(AnyShop.MariaDb)]
internal sealed class LargeExportTests(string engine)
{
    private const string Million = "SELECT a.n, b.d, c.d AS e, k.ssn, k.name FROM numbers a, digits b, digits c, customers k WHERE k.id = 1 ORDER BY a.n, b.d, c.d";
    private const long Mebibyte = 1 << 20;

    private AnyShop _shop = null!;
    private long _grant;
    private long _small;

    private ThrowAwayProxy Proxy => _shop.Proxy;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _shop = await AnyShop.StartAsync(engine, sections: "limits: { statement_timeout: 300s }");
        _grant = await Proxy.GrantAsync(Million, new(Export: true));
        _small = await Proxy.GrantAsync("SELECT n FROM numbers WHERE n < 100", new(Export: true));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _shop.DisposeAsync();

    [TestCase("csv")]
    [TestCase("xlsx")]
    public async Task A_million_rows_pass_in_little_memory(string format)
    {
        var before = await ExportAsync(_small, format);

        var after = await ExportAsync(_grant, format);
        Assert.That(after.Command - before.Command, Is.LessThan(64 * Mebibyte), "the command");
        Assert.That(after.Proxy - before.Proxy, Is.LessThan(64 * Mebibyte), "the proxy");
        var exported = (await Proxy.AuditAsync($"grant={_grant}")).FindLast(static r => r.Event == "exported")!;
        Assert.That((exported.Rows, exported.Outcome), Is.EqualTo((1_000_000L, "ok")));
        await using var file = File.OpenRead(after.File);
        Assert.That(exported.Detail, Does.EndWith(Convert.ToHexStringLower(await SHA256.HashDataAsync(file))));
    }

    [Test]
    public async Task What_was_interrupted_goes_on_and_ends_as_the_rows_are_now()
    {
        var file = Path.Combine(Proxy.Folder, "resumed.csv");
        await InterruptAsync(file, static process => process.Kill());
        Assert.That(File.Exists(file), Is.False, "nobody takes a part for all");
        var held = new FileInfo(file + ".part").Length;
        Assert.That((await LastAsync()).Outcome, Is.EqualTo("canceled"));

        // Behind the second piece: the first two are still those of the new file.
        _shop.Execute("UPDATE customers SET name = name WHERE id = 1", "DELETE FROM numbers WHERE n = 9999");
        await ResumeAndCompareAsync(file, 999_900);

        await InterruptAsync(file, static process => process.Kill());
        _shop.Execute("DELETE FROM numbers WHERE n = 0");
        await ResumeAndCompareAsync(file, 999_800);
        _shop.Execute("INSERT INTO numbers VALUES (0), (9999)");
        Assert.That(held, Is.GreaterThan(ExportPieces.Size));
    }

    [Test]
    public async Task When_the_proxy_vanishes_the_command_says_so_and_the_next_try_is_whole()
    {
        var file = Path.Combine(Proxy.Folder, "vanished.csv");
        var error = await InterruptAsync(file, _ => Proxy.KillAsync().GetAwaiter().GetResult());
        Assert.That(error, Does.Contain("the connection to the proxy was lost").Or.Contain("the proxy's answer broke off"));
        Assert.That(error, Does.Contain("are kept in").And.Contain("Run the same command again"));
        Assert.That(File.Exists(file), Is.False);

        await Proxy.StartProcessAsync();
        await ResumeAndCompareAsync(file, 1_000_000);
    }

    private async Task ResumeAndCompareAsync(string file, long rows)
    {
        var run = await Proxy.CommandAsync("export", $"{_grant}", "--format", "csv", "--output", file, "--as", "alice", "--force");
        Assert.That(run.ExitCode, Is.Zero, run.Text);
        var resumed = await LastAsync();
        Assert.That((resumed.Rows, resumed.Outcome), Is.EqualTo((rows, "ok")));
        await using (var bytes = File.OpenRead(file))
            Assert.That(resumed.Detail, Does.EndWith(Convert.ToHexStringLower(await SHA256.HashDataAsync(bytes))));

        var fresh = await ExportAsync(_grant, "csv");
        Assert.That((await LastAsync()).Detail, Is.EqualTo(resumed.Detail), "the same as an export that nobody interrupted");
        File.Delete(fresh.File);
        File.Delete(file);
    }

    // Runs the command until some pieces are here, and then has something happen; what it printed.
    private async Task<string> InterruptAsync(string file, Action<Process> happens)
    {
        using var process = Start(_grant, "csv", file);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!File.Exists(file + ".part") || new FileInfo(file + ".part").Length < 3 * Mebibyte)
        {
            Assert.That(process.HasExited, Is.False);
            await Task.Delay(5, patience.Token);
        }

        happens(process);
        var error = await process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.That(process.ExitCode, Is.Not.Zero);
        return error;
    }

    private async Task<AuditView> LastAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var records = await Proxy.AuditAsync($"grant={_grant}");
            var started = records.FindLast(static r => r.Event == "export_started")!;
            if (records.Find(r => r.Event == "exported" && r.Execution == started.Execution) is { } ended)
                return ended;

            await Task.Delay(100, patience.Token);
        }
    }

    private async Task<(string File, long Command, long Proxy)> ExportAsync(long grant, string format)
    {
        var file = Path.Combine(Proxy.Folder, $"{Guid.NewGuid():N}.{format}");
        using var process = Start(grant, format, file);
        var error = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, ReadMemory(process.Id));
            await Task.Delay(20);
        }

        Assert.That(process.ExitCode, Is.Zero, await error);
        return (file, peak, ReadMemory(Proxy.ProcessId));
    }

    private Process Start(long grant, string format, string file)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "JitProxy.Server.dll");
        string[] arguments = [program, "export", $"{grant}", "--format", format, "--output", file, "--as", "alice", "--config", Proxy.ConfigurationPath];
        return ProcessRun.Start("dotnet", arguments, folder: Proxy.Folder);
    }

    // The most that a process has ever held; 0 if it is gone.
    private static long ReadMemory(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
