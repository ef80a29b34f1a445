namespace JitProxy.Conformance.Tests.Support;

/// <summary>Command lines of MariaDB and of MySQL, as alice in the database app, without settings of their own.</summary>
internal static class MySqlClients
{
    /// <summary>The command line and tools of MariaDB.</summary>
    public const string MariaDb = "mariadb";

    /// <summary>The command line and tools of MySQL 9.7.</summary>
    public const string MySql = "mysql";

    /// <summary>Runs the client itself; what it writes are bare rows.</summary>
    /// <param name="client">Whose.</param>
    /// <param name="port">The proxy's, or a relay's before it.</param>
    /// <param name="arguments">What follows the database.</param>
    /// <param name="input">What it reads, if no argument tells it what to do.</param>
    /// <param name="isTls">False to speak in clear.</param>
    public static Task<ProcessRun> RunAsync(string client, int port, string[] arguments, string input = "", bool isTls = false) =>
        ToolAsync(client, "", port, ["-N", "-B", .. client == MySql ? (string[])["--commands"] : [], "app", .. arguments], input, isTls);

    /// <summary>Runs a tool of the same package: <c>dump</c>, <c>show</c>, <c>admin</c>.</summary>
    public static Task<ProcessRun> ToolAsync(string client, string tool, int port, string[] arguments, string input = "", bool isTls = false)
    {
        string[] tls = (client, isTls) switch
        {
            (MySql, true) => ["--ssl-mode=REQUIRED"],
            (MySql, false) => ["--ssl-mode=DISABLED", "--get-server-public-key"],
            (_, true) => ["--ssl"],
            (_, false) => ["--skip-ssl"],
        };
        var program = client == MySql ? $"{ThrowAwayMySql.Programs}/mysql{tool}" : tool.Length == 0 ? MariaDb : $"{MariaDb}-{tool}";
        var environment = new Dictionary<string, string> { ["MYSQL_PWD"] = ThrowAwayProxy.Password, ["MYSQL_HISTFILE"] = "/dev/null" };
        return ProcessRun.RunAsync(program, ["--no-defaults", "-h", "127.0.0.1", "-P", $"{port}", "-u", "alice", .. tls, .. arguments], environment, input);
    }
}
