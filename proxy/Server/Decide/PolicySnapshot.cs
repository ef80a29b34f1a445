using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>What the configuration in force says about running statements. Immutable; a reload swaps it whole.</summary>
/// <param name="Configuration">The configuration that it was made from.</param>
/// <param name="Masking">The masking policy.</param>
internal sealed record PolicySnapshot(ProxyConfiguration Configuration, MaskingPolicy Masking)
{
    /// <summary>The limits.</summary>
    public LimitsConfiguration Limits => Configuration.Limits;

    /// <summary>What a statement on this database is, reads and returns.</summary>
    public StatementAnalysis Analyze(ReadOnlySpan<byte> text, Catalogue catalogue, SessionIdentity who) =>
        StatementAnalyzer.Analyze(text, catalogue, Limits.Functions.On(Configuration.Servers.GetValueOrDefault(who.Server), who.Database));

    /// <summary>For whom, where and when a result is masked.</summary>
    public MaskSubject SubjectOf(SessionIdentity who, bool unmask, DateTimeOffset now)
    {
        var server = Configuration.Servers.GetValueOrDefault(who.Server);
        var project = Configuration.FindProject(who.Server, who.Database)?.Name ?? "";
        return new(who.User, who.Server, who.Database, server?.Environment ?? "", project, unmask, now) { Engine = server?.Engine };
    }
}
