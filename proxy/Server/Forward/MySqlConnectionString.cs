using JitProxy.Server.Configuration;
using MySqlConnector;

namespace JitProxy.Server.Forward;

/// <summary>The upstream's configuration as MySqlConnector understands it, for catalogue reads and checks.</summary>
internal static class MySqlConnectionString
{
    /// <summary>The connection string for one database, or for none; unpooled, so that nothing is left open on the server.</summary>
    public static string Of(UpstreamConfiguration upstream, string? database, string applicationName = "jitproxy") => new MySqlConnectionStringBuilder
    {
        Server = upstream.Host,
        Port = (uint)upstream.Port,
        UserID = upstream.User,
        Password = upstream.Password,
        Database = database ?? "",
        Pooling = false,
        ConnectionTimeout = 10,
        DefaultCommandTimeout = 30,
        ApplicationName = applicationName,
        SslMode = upstream.Tls switch
        {
            UpstreamTlsMode.Disable => MySqlSslMode.None,
            UpstreamTlsMode.Prefer => MySqlSslMode.Preferred,
            UpstreamTlsMode.Require => MySqlSslMode.Required,
            UpstreamTlsMode.VerifyFull => MySqlSslMode.VerifyFull,
        },
        SslCa = upstream.Ca ?? "",
    }.ConnectionString;
}
