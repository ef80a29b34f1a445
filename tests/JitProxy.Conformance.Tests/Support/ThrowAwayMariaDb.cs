namespace JitProxy.Conformance.Tests.Support;

/// <summary>
/// A MariaDB server of its own in a temporary folder, reached by its socket alone unless it is given a port. Its user <c>root</c> has no password.
/// A machine without MariaDB fails, it does not skip.
/// </summary>
internal sealed class ThrowAwayMariaDb : IMySqlServer
{
    // Small, and careless about power: nobody keeps what is in it.
    private static readonly string[] Small =
        ["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--character-set-server=utf8mb4"];

    private readonly ServerFolder _folder;

    private ThrowAwayMariaDb(ServerFolder folder, int? port) => (_folder, Port) = (folder, port);

    /// <summary>Where it listens on 127.0.0.1; null if it does not.</summary>
    public int? Port { get; }

    /// <summary>Where MySqlConnector finds the server, as root.</summary>
    public string ConnectionString => _folder.ConnectionString;

    /// <summary>Where MySqlConnector finds one of its databases, as root.</summary>
    public string ConnectionStringOf(string database) => $"{ConnectionString};Database={database}";

    /// <summary>What the server has logged so far.</summary>
    public string ReadLog() => _folder.ReadLog();

    /// <summary>Starts a server; with a port, it listens there, too. Settings are those of the command line, <c>name=value</c>.</summary>
    public static ThrowAwayMariaDb Start(int? port = null, params string[] settings)
    {
        var folder = new ServerFolder("MariaDB");
        try
        {
            folder.Run(
                "mariadb-install-db", ["--no-defaults", $"--datadir={folder.Path}/data", "--auth-root-authentication-method=normal", "--skip-test-db", .. Small]);

            // A server that starts removes temporary tables that it finds, and those in /tmp may be another's.
            string[] network = port is null ? ["--skip-networking"] : [$"--port={port}", "--bind-address=127.0.0.1"];
            folder.Serve(
                Tool("mariadbd"),
                [
                    "--no-defaults", $"--datadir={folder.Path}/data", $"--tmpdir={folder.Path}", $"--socket={folder.Path}/socket", $"--pid-file={folder.Path}/pid",
                    $"--secure-file-priv={folder.Path}", .. network, .. Small, .. settings.Select(static s => $"--{s}"),
                ]);
            return new(folder, port);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements as root, in no database.</summary>
    public void Execute(params string[] statements) => _folder.Execute(statements);

    public void Dispose() => _folder.Dispose();

    // Debian keeps servers out of the path of ordinary users.
    private static string Tool(string name) => File.Exists($"/usr/sbin/{name}") ? $"/usr/sbin/{name}" : name;
}
