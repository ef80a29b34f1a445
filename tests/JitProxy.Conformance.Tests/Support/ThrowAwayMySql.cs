using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Support;

/// <summary>
/// A server of MySQL itself (9.7), as Debian's unstable suite has it, in a temporary folder. Its user <c>root</c> has no password. On a machine
/// that is not Debian there is none to be had, and the tests that need it are skipped.
/// </summary>
internal sealed class ThrowAwayMySql : IMySqlServer
{
    private readonly ServerFolder _folder;

    private ThrowAwayMySql(ServerFolder folder, int port) => (_folder, Port) = (folder, port);

    /// <summary>The folder with the programs <c>mysqld</c> and <c>mysql</c>, which ./test.sh fills.</summary>
    public static string Programs
    {
        get
        {
            if (Environment.GetEnvironmentVariable("JITPROXY_MYSQL") is { Length: > 0 } told)
                return told;

            if (!File.Exists("/etc/os-release") || !File.ReadAllLines("/etc/os-release").Contains("ID=debian"))
                Assert.Ignore("this machine is not Debian, so there is no MySQL to be had");

            string[] caches = ["/var/cache", Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? "", $"{Environment.GetEnvironmentVariable("HOME")}/.cache"];
            return caches.Select(static cache => $"{cache}/jitproxy/mysql").FirstOrDefault(static folder => File.Exists($"{folder}/mysqld"))
                ?? throw new InvalidOperationException("MySQL is missing; ./test.sh downloads it");
        }
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port { get; }

    int? IMySqlServer.Port => Port;

    /// <summary>Where MySqlConnector finds the server, as root.</summary>
    public string ConnectionString => _folder.ConnectionString;

    /// <summary>Where MySqlConnector finds one of its databases, as root.</summary>
    public string ConnectionStringOf(string database) => $"{ConnectionString};Database={database}";

    /// <summary>Starts a server. Settings are those of the command line, <c>name=value</c>.</summary>
    public static ThrowAwayMySql Start(int port, params string[] settings)
    {
        var programs = Programs;
        var folder = new ServerFolder("MySQL");
        try
        {
            var own = $"{programs}/usr";
            string[] places =
            [
                "--no-defaults", $"--basedir={own}", $"--datadir={folder.Path}/data", $"--lc-messages-dir={own}/share/mysql", $"--character-sets-dir={own}/share/mysql/charsets",
                $"--plugin-dir={own}/lib/mysql/plugin", "--secure-file-priv=", "--innodb-buffer-pool-size=64M", "--innodb-redo-log-capacity=8M", "--innodb-flush-log-at-trx-commit=0",
            ];
            folder.Run($"{programs}/mysqld", [.. places, "--initialize-insecure"]);
            folder.Serve(
                $"{programs}/mysqld",
                [
                    .. places, $"--port={port}", "--bind-address=127.0.0.1", "--mysqlx=OFF", "--skip-name-resolve", "--skip-log-bin", $"--socket={folder.Path}/socket",
                    $"--pid-file={folder.Path}/pid", .. settings.Select(static s => $"--{s}"),
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
}
