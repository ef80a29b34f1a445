using System.CommandLine;

namespace JitProxy.Server.Cli;

/// <summary>Options that every command takes.</summary>
internal sealed class GlobalOptions
{
    /// <summary>`--config`.</summary>
    public Option<string> Config { get; } = new("--config")
    {
        Description = "The configuration file",
        HelpName = "FILE",
        DefaultValueFactory = static _ => "jitproxy.yaml",
        Recursive = true,
    };

    /// <summary>`--json`.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON, for scripts", Recursive = true };

    /// <summary>`--as`.</summary>
    public Option<string?> As { get; } = new("--as")
    {
        Description = "Act as this user; only through the admin socket, and recorded",
        HelpName = "NAME",
        Recursive = true,
    };

    /// <summary>`--url`.</summary>
    public Option<string?> Url { get; } = new("--url")
    {
        Description = "Reach the proxy here instead of through its socket, with the token in JITPROXY_TOKEN (default: JITPROXY_URL)",
        HelpName = "URL",
        Recursive = true,
    };
}
