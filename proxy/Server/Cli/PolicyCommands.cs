using System.CommandLine;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Cli;

/// <summary>`policy`: what can be said about rules without a running proxy.</summary>
internal static class PolicyCommands
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Make(CommandMaker maker)
    {
        var file = new Argument<string>("FILE") { Description = "A YAML file with requests and the flow expected for each" };
        return new Command("policy", "Works with approval rules")
        {
            maker.Make("test", "Checks which steps the rules give to the requests in a file", (context, _) => Task.FromResult(Test(context, file)), file),
        };
    }

    private static int Test(CliContext context, Argument<string> file)
    {
        if (!ConfigurationLoader.TryLoad(context.ConfigurationPath, context.Environment.Variable, out var configuration, out var faults))
            return Refuse(context.Terminal, "the configuration", faults);

        var path = context.Parse.GetValue(file)!;
        if (!PolicyCaseFile.TryRead(path, Read(path), configuration, out var cases, out faults))
            return Refuse(context.Terminal, "the file of requests", faults);

        var now = context.Environment.Clock.GetUtcNow();
        var results = cases.Select(test => PolicyTester.Try(configuration, test, now)).ToList();
        var failed = results.Count(static r => !r.Passed);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(results);
            return failed == 0 ? ExitCode.Done : ExitCode.Failed;
        }

        context.Terminal.Table(
            ["result", "request", "expected", "actual"],
            results.Select(static r => (string[])[r.Passed ? "ok" : "DIFFERS", r.Name, r.Expected, r.Actual]));
        context.Terminal.Line($"{results.Count - failed} as expected, {failed} not");
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure("the file of requests cannot be read", e.Message);
        }
    }

    private static int Refuse(Terminal terminal, string what, IReadOnlyList<ConfigurationFault> faults)
    {
        if (terminal.IsJson)
            terminal.Json(new { Faults = faults.Select(static f => f.ToString()) });

        foreach (var fault in faults)
            terminal.Note(fault.ToString());

        terminal.Fault($"{what} has {faults.Count} {(faults.Count == 1 ? "fault" : "faults")}");
        return ExitCode.Failed;
    }
}
