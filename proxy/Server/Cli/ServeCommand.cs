using System.CommandLine;
using JitProxy.Server.Configuration;
using JitProxy.Server.Hosting;

namespace JitProxy.Server.Cli;

/// <summary>`serve`.</summary>
internal static class ServeCommand
{
    /// <summary>The command.</summary>
    public static Command Make(CommandMaker maker) => maker.Make("serve", "Runs the proxy", static async (context, stop) =>
    {
        if (!ConfigurationLoader.TryLoad(context.ConfigurationPath, context.Environment.Variable, out var configuration, out var faults))
        {
            foreach (var fault in faults)
                context.Terminal.Note(fault.ToString());

            throw new CliFailure($"the configuration has {faults.Count} faults", null, "Mend them; jitproxy check shows them again.");
        }

        return await Serve.RunAsync(configuration, context.Environment, stop);
    });
}
