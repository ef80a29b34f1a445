// The commands of `jitproxy`, and what their faults become: words on standard error and an exit code.
using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;

namespace JitProxy.Server.Cli;

/// <summary>The program's surface for people and scripts.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command; the answer is the exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, CliEnvironment environment)
    {
        var parse = Make(environment).Parse(arguments);
        if (parse.Errors.Count > 0 && parse.Action is not HelpAction)
        {
            var terminal = new Terminal(environment, isJson: false);
            var unknown = parse.UnmatchedTokens is [var token, ..] ? $"\"{token}\" is not known here" : parse.Errors[0].Message;
            terminal.Fault(unknown, hint: $"See {NameOf(parse.CommandResult.Command)} --help");
            return ExitCode.Usage;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);

        // The library would end the process two seconds after a signal; draining connections may take longer.
        var invocation = new InvocationConfiguration
        {
            Output = environment.Out,
            Error = environment.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parse.InvokeAsync(invocation, stop.Token);
        }
        catch (CliFailure failure)
        {
            new Terminal(environment, isJson: false).Fault(failure.Message, failure.Detail, failure.Hint);
            return failure.ExitCode;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Failed;
        }

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>The tree of commands.</summary>
    public static Command Make(CliEnvironment environment)
    {
        var options = new GlobalOptions();
        var maker = new CommandMaker(options, environment);
        return new("jitproxy", "Just-in-time access to databases: exact statements, approved, masked, recorded.")
        {
            new HelpOption(),
            new VersionOption(),
            options.Config,
            options.Json,
            options.As,
            options.Url,
            ServeCommand.Make(maker),
            UserCommands.Make(maker),
            TokenCommands.Make(maker),
            RequestCommand.Make(maker),
            DecisionCommands.MakeApprove(maker),
            DecisionCommands.MakeReject(maker),
            DecisionCommands.MakeCancel(maker),
            DecisionCommands.MakeRevoke(maker),
            DecisionCommands.MakeExtend(maker),
            DecisionCommands.MakeReview(maker),
            GrantCommands.MakeList(maker),
            GrantCommands.MakeShow(maker),
            RunCommand.Make(maker),
            ExportCommand.Make(maker),
            ExplainCommand.Make(maker),
            AuditCommands.Make(maker),
            CheckCommand.Make(maker),
            PolicyCommands.Make(maker),
        };
    }

    private static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {command.Name}" : command.Name;
}
