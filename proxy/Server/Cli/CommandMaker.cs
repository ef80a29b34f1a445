using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Cli;

/// <summary>Makes commands that run in a <see cref="CliContext"/>, and options that several of them share.</summary>
internal sealed class CommandMaker(GlobalOptions options, CliEnvironment environment)
{
    /// <summary>A command with its options and arguments.</summary>
    public Command Make(string name, string description, Func<CliContext, CancellationToken, Task<int>> run, params ReadOnlySpan<Symbol> symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Add(option);
            else if (symbol is Argument argument)
                command.Add(argument);
        }

        command.SetAction((parse, stop) => run(new(parse, options, environment), stop));
        return command;
    }

    /// <summary>The number of a grant or token.</summary>
    public static Argument<long> Id(string what) => new("ID") { Description = what, CustomParser = ParseNumber };

    /// <summary>A positive number.</summary>
    public static Option<long> Number(string name, string description, string help) =>
        new(name) { Description = description, HelpName = help, CustomParser = ParseNumber };

    /// <summary>A duration, checked when it is read.</summary>
    public static Option<string?> Duration(string name, string description, string? standard = null)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "DURATION" };
        if (standard is not null)
            option.DefaultValueFactory = _ => standard;

        option.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !Units.TryParseDuration(token.Value, out _))
                result.AddError($"\"{token.Value}\" is not a duration; write 30m, 4h or 7d");
        });
        return option;
    }

    /// <summary>A text.</summary>
    public static Option<string?> Text(string name, string description, string help, bool isRequired = false) =>
        new(name) { Description = description, HelpName = help, Required = isRequired };

    /// <summary>Databases, separated by commas or in several options.</summary>
    public static Option<string[]> Databases(string description) => new("--database")
    {
        Description = description,
        HelpName = "SERVER/DATABASE",
        CustomParser = static result => [.. result.Tokens.SelectMany(static token => Split(token.Value))],
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Whether an option was typed.</summary>
    public static bool IsGiven(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // The library's own words name .NET types.
    private static long ParseNumber(ArgumentResult result)
    {
        if (result.Tokens is [var token] && long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            return number;

        result.AddError($"\"{string.Join(' ', result.Tokens)}\" is not a positive number");
        return 0;
    }
}
