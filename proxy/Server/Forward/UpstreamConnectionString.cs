using JitProxy.Server.Configuration;
using Npgsql;

namespace JitProxy.Server.Forward;

/// <summary>The upstream's configuration as Npgsql understands it, for catalogue reads and checks.</summary>
internal static class UpstreamConnectionString
{
    // What a server may ask for: proofs that are of use only with what it keeps, or nothing.
    private const string Proofs = "ScramSHA256,MD5,None";

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

        // As in sessions: the password itself is shown only to a server whose certificate is verified, whatever a server asks for.
        RequireAuth = upstream.Tls == UpstreamTlsMode.VerifyFull ? Proofs + ",Password" : Proofs,
    }.ConnectionString;
}
