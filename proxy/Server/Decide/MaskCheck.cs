using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>Holds a wish against the masking policy: what its approver is warned of, and what nobody may ask for.</summary>
/// <param name="Configuration">The configuration in force.</param>
/// <param name="Project">The project of the databases.</param>
/// <param name="User">Who asks.</param>
/// <param name="Now">The time, for exemptions that end.</param>
internal sealed record MaskCheck(ProxyConfiguration Configuration, ProjectConfiguration Project, string User, DateTimeOffset Now)
{
    /// <summary>Why the policy does not let this statement be asked for; null if it does. Warnings go to <paramref name="notes"/>.</summary>
    public string? FindObjection(AnalyzedTarget target, StatementAnalysis analysis, Catalogue catalogue, bool unmask, List<string> notes)
    {
        var policy = Configuration.Masking;
        var server = target.Server;
        var subject = new MaskSubject(User, server.Name, target.Name, server.Environment, Project.Name, unmask, Now) { Engine = server.Engine };
        if (MaskPlanner.JudgePredicates(analysis, catalogue, policy, subject).Denial is { } denial)
        {
            return $"The masking policy does not allow the statement on {target.QualifiedName}: {denial}. "
                + "Ask with --unmask, or for a statement without that column.";
        }

        notes.AddRange(MaskPlanner.Preview(analysis, catalogue, policy, subject).Warnings.Select(warning => $"On {target.QualifiedName}: {warning}."));
        return null;
    }
}
