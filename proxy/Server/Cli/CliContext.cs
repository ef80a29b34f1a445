using System.CommandLine;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Cli;

/// <summary>One invocation of a command.</summary>
internal sealed class CliContext(ParseResult parse, GlobalOptions options, CliEnvironment environment)
{
    /// <summary>What was typed.</summary>
    public ParseResult Parse => parse;

    /// <summary>The world.</summary>
    public CliEnvironment Environment => environment;

    /// <summary>Where output goes.</summary>
    public Terminal Terminal { get; } = new(environment, parse.GetValue(options.Json));

    /// <summary>The configuration file.</summary>
    public string ConfigurationPath => parse.GetValue(options.Config)!;

    /// <summary>The way to the running proxy that the options and variables name.</summary>
    public AdminClient Connect()
    {
        var url = parse.GetValue(options.Url) ?? NonEmpty(environment.Variable("JITPROXY_URL"));
        var user = parse.GetValue(options.As);
        if (url is null)
            return AdminClient.OverSocket(FindSocket(), user, ConfigurationPath, Note);

        if (user is not null)
            throw new CliFailure("--as works only through the admin socket", "With --url, the token says who you are.", null, ExitCode.Usage);

        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new CliFailure($"\"{url}\" is not a URL", "--url (or JITPROXY_URL) is like http://127.0.0.1:8632", null, ExitCode.Usage);

        return NonEmpty(environment.Variable("JITPROXY_TOKEN")) is { } token
            ? AdminClient.OverHttp(address, token, Note)
            : throw new CliFailure(
                "a token is needed",
                "--url needs the token in the variable JITPROXY_TOKEN.",
                "Make one on the proxy's machine: jitproxy token create --as NAME",
                ExitCode.Usage);
    }

    /// <summary>Says that the usage is wrong.</summary>
    public static CliFailure Usage(string message, string? hint = null) => new(message, hint, null, ExitCode.Usage);

    private void Note(string text) => Terminal.Note($"note: {PlainText.OneLine(text)}");

    private string FindSocket()
    {
        // The whole configuration may need secrets that only the proxy's own environment has; the socket's place does not.
        if (ConfigurationLoader.TryFindSocket(ConfigurationPath, environment.Variable, out var socket, out var faults))
            return socket;

        throw new CliFailure(
            "the configuration does not say where the proxy's socket is",
            string.Join('\n', faults),
            "Name the configuration with --config FILE, or reach the proxy with --url.");
    }

    private static string? NonEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
