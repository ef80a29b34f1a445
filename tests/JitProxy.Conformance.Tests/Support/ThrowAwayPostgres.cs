using System.Diagnostics;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>
/// A PostgreSQL server of its own in a temporary folder, reached by its socket alone unless it is given a port. A machine without
/// PostgreSQL fails, it does not skip.
/// </summary>
internal sealed class ThrowAwayPostgres : IDisposable
{
    private readonly string _folder;
    private readonly PostgresRelease _release;

    private ThrowAwayPostgres(string folder, int port, PostgresRelease release) => (_folder, Port, _release) = (folder, port, release);

    /// <summary>Names the socket, and is opened on 127.0.0.1 if it was asked for.</summary>
    public int Port { get; }

    /// <summary>Where Npgsql finds the server.</summary>
    public string ConnectionString => $"Host={_folder};Port={Port};Username=postgres;Database=postgres;Pooling=false";

    /// <summary>Where Npgsql finds one of its databases.</summary>
    public string ConnectionStringOf(string database) => $"Host={_folder};Port={Port};Username=postgres;Database={database};Pooling=false";

    /// <summary>What the server has logged so far.</summary>
    public string ReadLog()
    {
        using var log = new StreamReader(new FileStream($"{_folder}/log", FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd();
    }

    /// <summary>Starts a server; with a port, it listens there, too. Settings are those of postgresql.conf, <c>name=value</c>.</summary>
    public static ThrowAwayPostgres Start(int? port = null, params string[] settings) => Start(PostgresRelease.System, port, settings);

    /// <summary>Starts a server of a release.</summary>
    public static ThrowAwayPostgres Start(PostgresRelease release, int? port, params string[] settings)
    {
        var server = new ThrowAwayPostgres(Directory.CreateTempSubdirectory("jitproxy-pg").FullName, port ?? 5432, release);
        try
        {
            if (IsRoot)
                Run("chown", ["postgres", server._folder]);
            RunAsServer(server.Tool("initdb"), "-D", $"{server._folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync");
            RunAsServer(
                server.Tool("pg_ctl"), "-D", $"{server._folder}/data", "-l", $"{server._folder}/log", "-w",
                "-o", $"-p {server.Port} -k {server._folder} -c listen_addresses={(port is null ? "" : "127.0.0.1")} -c fsync=off{string.Concat(settings.Select(static s => $" -c {s}"))}", "start");
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (File.Exists($"{_folder}/data/postmaster.pid"))
            RunAsServer(Tool("pg_ctl"), "-D", $"{_folder}/data", "-m", "immediate", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string ProgramsOfEighteen
    {
        get
        {
            if (Environment.GetEnvironmentVariable("JITPROXY_POSTGRES18") is { Length: > 0 } told)
                return told;

            if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
                Assert.Ignore("there is no PostgreSQL 18 to be had for this machine");

            string[] caches = ["/var/cache", Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? "", $"{Environment.GetEnvironmentVariable("HOME")}/.cache"];
            return caches.Where(static cache => Directory.Exists($"{cache}/jitproxy")).SelectMany(static cache => Directory.GetDirectories($"{cache}/jitproxy", "postgres-18*"))
                .Select(static folder => $"{folder}/bin").FirstOrDefault(static folder => File.Exists($"{folder}/pg_ctl"))
                ?? throw new InvalidOperationException("PostgreSQL 18 is missing; ./test.sh downloads it");
        }
    }

    // Debian keeps the servers of each version beside each other; the newest will do.
    private string Tool(string name)
    {
        if (_release == PostgresRelease.Eighteen)
            return $"{ProgramsOfEighteen}/{name}";

        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        return versions.OrderByDescending(v => int.TryParse(Path.GetFileName(v), out var number) ? number : 0)
            .Select(v => Path.Combine(v, "bin", name)).FirstOrDefault(File.Exists) ?? name;
    }

    // The server refuses to run as root.
    private static void RunAsServer(string program, params string[] arguments)
    {
        if (IsRoot)
            Run("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments]);
        else
            Run(program, arguments);
    }

    private static void Run(string program, string[] arguments)
    {
        // pg_ctl leaves a server behind that would keep a redirected output open, so that its end never came.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" > /dev/null", program, .. arguments]) { WorkingDirectory = "/" })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}; is PostgreSQL installed?");
    }
}
