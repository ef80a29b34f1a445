using System.Diagnostics;
using MySqlConnector;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>
/// A MariaDB server of its own in a temporary folder, reached by its socket alone unless it is given a port. Its user <c>root</c> has no password.
/// A machine without MariaDB fails, it does not skip.
/// </summary>
internal sealed class ThrowAwayMariaDb : IDisposable
{
    // Small, and careless about power: nobody keeps what is in it.
    private static readonly string[] Small =
        ["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--character-set-server=utf8mb4"];

    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private Process? _process;

    private ThrowAwayMariaDb(string folder, int? port) => (_folder, Port) = (folder, port);

    /// <summary>Where it listens on 127.0.0.1; null if it does not.</summary>
    public int? Port { get; }

    /// <summary>Where MySqlConnector finds the server, as root.</summary>
    public string ConnectionString => $"Server={_folder}/socket;ConnectionProtocol=UnixSocket;User ID=root;Pooling=false;AllowUserVariables=true";

    /// <summary>Where MySqlConnector finds one of its databases, as root.</summary>
    public string ConnectionStringOf(string database) => $"{ConnectionString};Database={database}";

    /// <summary>What the server has logged so far.</summary>
    public string ReadLog()
    {
        using var log = new StreamReader(new FileStream($"{_folder}/log", FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd();
    }

    /// <summary>Starts a server; with a port, it listens there, too. Settings are those of the command line, <c>name=value</c>.</summary>
    public static ThrowAwayMariaDb Start(int? port = null, params string[] settings)
    {
        var server = new ThrowAwayMariaDb(Directory.CreateTempSubdirectory("jitproxy-my").FullName, port);
        try
        {
            server.Run(settings);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements as root, in no database.</summary>
    public void Execute(params string[] statements)
    {
        using var connection = new MySqlConnection(ConnectionString);
        connection.Open();
        foreach (var statement in statements)
        {
            using var command = new MySqlCommand(statement, connection);
            command.ExecuteNonQuery();
        }
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private void Run(string[] settings)
    {
        if (IsRoot)
            Require(Start("chown", "mysql", _folder), "chown");
        Require(
            StartAsServer("mariadb-install-db", ["--no-defaults", $"--datadir={_folder}/data", "--auth-root-authentication-method=normal", "--skip-test-db", .. Small]),
            "mariadb-install-db");

        string[] network = Port is null ? ["--skip-networking"] : [$"--port={Port}", "--bind-address=127.0.0.1"];
        _process = StartAsServer(
            Tool("mariadbd"),
            ["--no-defaults", $"--datadir={_folder}/data", $"--socket={_folder}/socket", $"--pid-file={_folder}/pid", .. network, .. Small, .. settings.Select(static s => $"--{s}")]);
        var watch = Stopwatch.StartNew();
        while (!IsReady())
        {
            if (_process.HasExited || watch.Elapsed > StartMax)
                throw new InvalidOperationException($"mariadbd does not start; is MariaDB installed?\n{ReadLog()}");
            Thread.Sleep(50);
        }
    }

    private bool IsReady()
    {
        try
        {
            using var connection = new MySqlConnection(ConnectionString);
            connection.Open();
            return true;
        }
        catch (MySqlException)
        {
            return false;
        }
    }

    // Debian keeps servers out of the path of ordinary users.
    private static string Tool(string name) => File.Exists($"/usr/sbin/{name}") ? $"/usr/sbin/{name}" : name;

    // Not as root, as whom it would need to be told to run, and would leave files that only root can remove.
    private Process StartAsServer(string program, string[] arguments) =>
        IsRoot ? Start("setpriv", ["--reuid=mysql", "--regid=mysql", "--clear-groups", program, .. arguments]) : Start(program, arguments);

    private Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$0\" \"$@\" >> {_folder}/log 2>&1", program, .. arguments]) { WorkingDirectory = "/" })!;

    private void Require(Process process, string program)
    {
        process.WaitForExit();
        var exitCode = process.ExitCode;
        process.Dispose();
        if (exitCode != 0)
            throw new InvalidOperationException($"{program} ended with {exitCode}; is MariaDB installed?\n{ReadLog()}");
    }
}
