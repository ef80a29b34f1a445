using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Notify;

/// <summary>What operators should know about hooks. Addresses without their query: that may hold a secret.</summary>
internal sealed partial class NotifyLog(ILogger<NotifyLog> logger)
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "webhook {Hook} did not take {Event}: {Fault}; next try in {Pause}")]
    public partial void NotDelivered(string hook, string @event, string fault, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Error, Message = "webhook {Hook} did not take {Event} for a day: {Fault}; it is given up")]
    public partial void GivenUp(string hook, string @event, string fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "webhook {Hook} has {Count} messages waiting; another one is dropped")]
    public partial void QueueFull(string hook, int count);
}
