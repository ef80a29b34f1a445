using JitProxy.Policy.Masking;

namespace JitProxy.Server.Hosting;

/// <summary>Completes the configured masking policy with what is no configuration: the keys of this installation.</summary>
internal static class MaskingPolicies
{
    /// <summary>The policy with its keys.</summary>
    public static MaskingPolicy Complete(MaskingPolicy configured, MaskSecrets secrets) => new()
    {
        SemanticTypes = configured.SemanticTypes,
        Columns = configured.Columns,
        Rules = configured.Rules,
        Exemptions = configured.Exemptions,
        Secrets = secrets,
    };
}
