namespace JitProxy.Server.Admin.Contract;

/// <summary>Names that the API's two sides share.</summary>
internal static class AdminHeaders
{
    /// <summary>On the unix socket: the user as whom the local administrator acts.</summary>
    public const string As = "X-Jitproxy-As";

    /// <summary>On answers: what the caller should know beside them, percent-encoded; several may be given.</summary>
    public const string Note = "X-Jitproxy-Note";

    /// <summary>JSON Lines.</summary>
    public const string Lines = "application/x-ndjson";
}
