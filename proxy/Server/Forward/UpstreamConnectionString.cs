using JitProxy.Server.Configuration;
using Npgsql;

namespace JitProxy.Server.Forward;

/// <summary>The upstream's configuration as Npgsql understands it, for catalogue reads and checks.</summary>
internal static class UpstreamConnectionString
{
    /// <summary>The connection string for one database; unpooled, so that nothing is left open on the server.</summary>
    public static string Of(UpstreamConfiguration upstream, string database, string applicationName = "jitproxy") => new NpgsqlConnectionStringBuilder
    {
        Host = upstream.Host,
        Port = upstream.Port,
        Username = upstream.User,
        Password = upstream.Password,
        Database = database,
        Pooling = false,
        Timeout = 10,
        ApplicationName = applicationName,
        SslMode = upstream.Tls switch
        {
            UpstreamTlsMode.Disable => SslMode.Disable,
            UpstreamTlsMode.Prefer => SslMode.Prefer,
            UpstreamTlsMode.Require => SslMode.Require,
            UpstreamTlsMode.VerifyFull => SslMode.VerifyFull,
        },
        RootCertificate = upstream.Ca,
    }.ConnectionString;
}
