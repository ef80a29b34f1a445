using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Hosting;

/// <summary>What catalogue reads tell whoever runs the proxy.</summary>
internal static partial class CatalogueLog
{
    /// <summary>A database server could not be read.</summary>
    [LoggerMessage(1, LogLevel.Warning, "{Why}")]
    public static partial void Unreadable(ILogger log, string why);
}
