using System.Net;
using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Accept;

/// <summary>What this folder logs.</summary>
internal static partial class AcceptLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot accept on {Address}: {Fault}. Trying again in {DelayMs} ms.")]
    public static partial void CannotAccept(ILogger log, EndPoint address, string fault, double delayMs);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Client}: all {Max} connections are in use.")]
    public static partial void TooManyConnections(ILogger log, EndPoint? client, int max);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Connection of {Client} lost: {Fault}")]
    public static partial void ConnectionLost(ILogger log, EndPoint? client, string fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "The certificate {Subject}, valid until {Until:u}, is shown from now on.")]
    public static partial void CertificateRenewed(ILogger log, string subject, DateTime until);

    [LoggerMessage(Level = LogLevel.Error, Message = "The certificate files changed and cannot be used: {Fault} The former certificate is still shown.")]
    public static partial void CertificateRefused(ILogger log, string fault);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The session of {Client} failed.")]
    public static partial void SessionFailed(ILogger log, Exception failure, EndPoint? client);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Work posted to a loop failed.")]
    public static partial void LoopWorkFailed(ILogger log, Exception failure);
}
