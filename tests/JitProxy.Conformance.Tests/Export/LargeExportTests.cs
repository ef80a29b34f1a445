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

    // Standard error is a terminal of 100 columns; what it got is printed when the command has ended.
    private const string OnTerminal = """
        import fcntl, os, pty, struct, subprocess, sys, termios, threading
        near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        out = far if sys.argv[1] == "both" else subprocess.PIPE
        process = subprocess.Popen(sys.argv[2:], stdin=far, stdout=out, stderr=far, env={**os.environ, "TERM": "xterm-256color"})
        os.close(far)
        if out == subprocess.PIPE:
            threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            while piece := os.read(near, 65536):
                sys.stdout.buffer.write(piece)
        except OSError:
            pass
        sys.exit(process.wait())
        """;

    [Test]
    public async Task On_a_terminal_a_bar_counts_rows_and_bytes_and_elsewhere_there_is_none()
    {
        var file = Path.Combine(Proxy.Folder, "seen.csv");
        var seen = await ProcessRun.RunAsync("python3", ["-c", OnTerminal, "error", "dotnet", .. ArgumentsOf(_grant, "csv", file)], folder: Proxy.Folder);
        Assert.That(seen.ExitCode, Is.Zero, seen.Text);
        Assert.That(seen.Output, Does.Match("exporting, [0-9,]+ rows, [0-9,]+ [KM]iB").And.Contain("━━━━"));
        Assert.That(seen.Output[seen.Output.LastIndexOf('━')..], Does.Contain("\e[2K").And.Match("1,000,000 rows, [0-9]+ MiB in "), "the bar is wiped, and the sum stays");

        var plain = await ProcessRun.RunAsync("dotnet", ArgumentsOf(_small, "csv", Path.Combine(Proxy.Folder, "plain.csv")), folder: Proxy.Folder);
        Assert.That(plain.Error, Does.StartWith("100 rows").And.Not.Contain("\e").And.Not.Contain("━"));
        string[] small = [.. ArgumentsOf(_small, "csv", file).Where(a => a != "--output" && a != file)];
        var both = await ProcessRun.RunAsync("python3", ["-c", OnTerminal, "both", "dotnet", .. small], folder: Proxy.Folder);
        Assert.That(both.Output, Does.Match("n\r+\n").And.Contain("\n99\r").And.Not.Contain("━"), "rows on the same terminal are not interrupted");
    }

    // Two MiB have room: a small file system where the machine lets us make one, else a limit on the size of files.
    private const string SmallDisk = """
        place=$1; shift
        if [ "$JITPROXY_SMALL" = disk ]; then mount -t tmpfs -o size=2m none "$place"; "$@"; else (trap '' XFSZ; ulimit -f 4096; exec "$@"); fi
        echo "code $? files $(ls "$place")"
        [ "$JITPROXY_SMALL" = disk ] && mount -o remount,size=256m "$place"
        "$@"
        echo "code $? files $(ls "$place") sha256 $(sha256sum "$place/full.csv")"
        """;

    [Test]
    public async Task A_full_disk_is_said_and_what_is_there_is_gone_on_from_once_there_is_room()
    {
        var place = Directory.CreateDirectory(Path.Combine(Proxy.Folder, "small")).FullName;
        var hasOwnDisk = (await ProcessRun.RunAsync("unshare", ["-rm", "mount", "-t", "tmpfs", "-o", "size=2m", "none", place])).ExitCode == 0;
        string[] command = ["dotnet", .. ArgumentsOf(_grant, "csv", Path.Combine(place, "full.csv"))];
        string[] script = ["sh", "-c", SmallDisk, "sh", place, .. command];
        var environment = new Dictionary<string, string> { ["JITPROXY_SMALL"] = hasOwnDisk ? "disk" : "file", ["DOTNET_EnableWriteXorExecute"] = "0" };

        var run = await (hasOwnDisk ? ProcessRun.RunAsync("unshare", ["-rm", .. script], environment) : ProcessRun.RunAsync(script[0], script[1..], environment));
        var lines = run.Output.Split('\n');
        Assert.That(lines[0], Is.EqualTo("code 1 files full.csv.part"), run.Text);
        Assert.That(run.Error, Does.Contain(hasOwnDisk ? "jitproxy: the disk is full" : "jitproxy: the file cannot be written").And.Contain("run the same command again").IgnoreCase);
        Assert.That(run.Error, Does.Not.Contain("   at "), "no stack trace");
        Assert.That(lines[1], Does.StartWith("code 0 files full.csv sha256"), run.Text);
        var resumed = await LastAsync();
        Assert.That((resumed.Outcome, resumed.Detail), Is.EqualTo(("ok", $"format csv, sha256 {lines[1].Split(' ')[5]}")));
        Assert.That((await Proxy.AuditAsync($"grant={_grant}")).FindAll(static r => r.Event == "exported")[^2].Outcome, Is.EqualTo("canceled"));
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

    private Process Start(long grant, string format, string file) => ProcessRun.Start("dotnet", ArgumentsOf(grant, format, file), folder: Proxy.Folder);

    private string[] ArgumentsOf(long grant, string format, string file) =>
    [
        Path.Combine(AppContext.BaseDirectory, "JitProxy.Server.dll"), "export", $"{grant}", "--format", format, "--output", file, "--as", "alice",
        "--config", Proxy.ConfigurationPath,
    ];

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
