namespace JitProxy.Server.Admin.Contract;

/// <summary>Names that the API's two sides share.</summary>
internal static class AdminHeaders
{
    /// <summary>On the unix socket: the user as whom the local administrator acts.</summary>
    public const string As = "X-Jitproxy-As";

    /// <summary>JSON Lines.</summary>
    public const string Lines = "application/x-ndjson";
}
