namespace JitProxy.Conformance.Tests.Support;

/// <summary>Which server speaks MySQL's protocol.</summary>
internal enum MySqlProduct
{
    /// <summary>MariaDB, as Debian has it.</summary>
    MariaDb,

    /// <summary>MySQL itself.</summary>
    MySql,
}

/// <summary>A throw-away server that speaks MySQL's protocol, with a user <c>root</c> that has no password.</summary>
internal interface IMySqlServer : IDisposable
{
    /// <summary>Where it listens on 127.0.0.1; null if it does not.</summary>
    int? Port { get; }

    /// <summary>Where MySqlConnector finds the server, as root.</summary>
    string ConnectionString { get; }

    /// <summary>Runs statements as root, in no database.</summary>
    void Execute(params string[] statements);
}
