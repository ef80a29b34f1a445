using JitProxy.Server.Authenticate;
using MySqlConnector;

namespace JitProxy.Server.Forward;

/// <summary>What MySQL's errors at sign-in mean, in the codes that both engines share here.</summary>
internal static class MySqlFault
{
    /// <summary>The fault behind an error; its own text goes to the operator's log only.</summary>
    /// <param name="error">What the client library reports.</param>
    /// <param name="what">What could not be done, for people.</param>
    public static UpstreamFault Of(MySqlException error, string what)
    {
        // Without a number nothing was received, and the text is the library's own.
        if (error.Number == 0 || error.ErrorCode == MySqlErrorCode.UnableToConnectToHost)
            return new($"{what}: {error.InnerException?.Message ?? error.Message}");

        return new(
            $"{what}: the server answers with error {error.Number} ({error.SqlState})",
            MySqlSignInCode.SqlStateOf(error.Number, error.SqlState),
            error.Message,
            error.Number);
    }
}
