using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Outlets;

/// <summary>What operators are told of forwarding and retention.</summary>
internal static partial class OutletLog
{
    /// <summary>Old records could not be removed.</summary>
    [LoggerMessage(Level = LogLevel.Warning, Message = "Old audit records could not be removed: {Fault}")]
    public static partial void NotPruned(ILogger log, string fault);
}
