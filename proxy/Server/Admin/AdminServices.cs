using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Record;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Admin;

/// <summary>What the endpoints call.</summary>
/// <param name="Configuration">The configuration in force.</param>
/// <param name="Desk">Requests and grants.</param>
/// <param name="Users">Users and tokens.</param>
/// <param name="Audit">The audit trail.</param>
/// <param name="Explain">Explanations.</param>
/// <param name="Run">Runs.</param>
/// <param name="Export">Exports.</param>
/// <param name="Logins">Slows down guessing.</param>
/// <param name="Probes">What machines ask.</param>
/// <param name="Clock">Time.</param>
internal sealed record AdminServices(
    Func<ProxyConfiguration> Configuration,
    GrantDesk Desk,
    UserDirectory Users,
    AuditTrail Audit,
    IExplain Explain,
    IRun Run,
    IExport Export,
    LoginLimiter Logins,
    AdminProbes Probes,
    TimeProvider Clock)
{
    /// <summary>The refused statements that the trail does not hold whole.</summary>
    public RefusedTexts Refused { get; init; } = new();
}
