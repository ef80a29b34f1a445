namespace JitProxy.Server.Authenticate;

/// <summary>What the numbers of MySQL's errors at sign-in mean, in the codes that both engines share here (<see cref="UpstreamFault.SqlState"/>).</summary>
/// <remarks>https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html</remarks>
internal static class MySqlSignInCode
{
    private const int ConnectionCountError = 1040;
    private const int DatabaseAccessDenied = 1044;
    private const int AccessDenied = 1045;
    private const int UnknownDatabase = 1049;
    private const int TooManyUserConnections = 1203;
    private const int AccessDeniedNoPassword = 1698;

    /// <summary>The shared code; the server's own where there is none.</summary>
    public static string? SqlStateOf(int number, string? sqlState) => number switch
    {
        AccessDenied or AccessDeniedNoPassword => "28000",
        DatabaseAccessDenied => "42501",
        UnknownDatabase => "3D000",
        ConnectionCountError or TooManyUserConnections => "53300",
        _ => sqlState,
    };
}
