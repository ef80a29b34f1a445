// The one executable: `jitproxy serve` and every other command.
using JitProxy.Server.Cli;

return await CommandLine.RunAsync(args, CliEnvironment.OfProcess());
