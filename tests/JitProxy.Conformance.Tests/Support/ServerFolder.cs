using System.Diagnostics;
using MySqlConnector;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>The temporary folder of a MySQL or MariaDB server of a test, and the process that runs in it.</summary>
internal sealed class ServerFolder : IDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private readonly string _product;
    private Process? _process;

    /// <summary>A new folder, which belongs to the user that servers run as.</summary>
    /// <param name="product">What runs in it, for messages.</param>
    public ServerFolder(string product)
    {
        _product = product;
        Path = Directory.CreateTempSubdirectory("jitproxy-my").FullName;
        if (IsRoot)
            Require(Start("chown", "mysql", Path), "chown");
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Where MySqlConnector finds the server, as root.</summary>
    public string ConnectionString => $"Server={Path}/socket;ConnectionProtocol=UnixSocket;User ID=root;Pooling=false;AllowUserVariables=true";

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>What has been logged so far.</summary>
    public string ReadLog()
    {
        using var log = new StreamReader(new FileStream($"{Path}/log", FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd();
    }

    /// <summary>Runs a program of the server to its end.</summary>
    public void Run(string program, params string[] arguments) => Require(StartAsServer(program, arguments), program);

    /// <summary>Starts the server, and waits until it answers on its socket.</summary>
    public void Serve(string program, params string[] arguments)
    {
        _process = StartAsServer(program, arguments);
        var watch = Stopwatch.StartNew();
        while (!IsReady())
        {
            if (_process.HasExited || watch.Elapsed > StartMax)
                throw new InvalidOperationException($"{program} does not start; is {_product} installed?\n{ReadLog()}");
            Thread.Sleep(50);
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

        Directory.Delete(Path, recursive: true);
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

    // Not as root, as whom it would need to be told to run, and would leave files that only root can remove.
    private Process StartAsServer(string program, string[] arguments) =>
        IsRoot ? Start("setpriv", ["--reuid=mysql", "--regid=mysql", "--clear-groups", program, .. arguments]) : Start(program, arguments);

    private Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$0\" \"$@\" >> {Path}/log 2>&1", program, .. arguments]) { WorkingDirectory = "/" })!;

    private void Require(Process process, string program)
    {
        process.WaitForExit();
        var exitCode = process.ExitCode;
        process.Dispose();
        if (exitCode != 0)
            throw new InvalidOperationException($"{program} ended with {exitCode}; is {_product} installed?\n{ReadLog()}");
    }
}
