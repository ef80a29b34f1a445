using JitProxy.Server.Authenticate;
using MySqlConnector;

namespace JitProxy.Server.Forward;

/// <summary>What MySQL's errors at sign-in mean, in the codes that both engines share here.</summary>
internal static class MySqlFault
{
    private const int AccessDeniedNoPassword = 1698;

    /// <summary>The fault behind an error; its own text goes to the operator's log only.</summary>
    /// <param name="error">What the client library reports.</param>
    /// <param name="what">What could not be done, for people.</param>
    public static UpstreamFault Of(MySqlException error, string what)
    {
        // Without a number nothing was received, and the text is the library's own.
        if (error.Number == 0 || error.ErrorCode == MySqlErrorCode.UnableToConnectToHost)
            return new($"{what}: {error.InnerException?.Message ?? error.Message}");

        return new($"{what}: the server answers with error {error.Number} ({error.SqlState})", SqlStateOf(error), error.Message);
    }

    private static string? SqlStateOf(MySqlException error) => error.ErrorCode switch
    {
        MySqlErrorCode.AccessDenied or (MySqlErrorCode)AccessDeniedNoPassword => "28000",
        MySqlErrorCode.DatabaseAccessDenied => "42501",
        MySqlErrorCode.UnknownDatabase => "3D000",
        MySqlErrorCode.ConnectionCountError or MySqlErrorCode.TooManyUserConnections => "53300",
        _ => error.SqlState,
    };
}
