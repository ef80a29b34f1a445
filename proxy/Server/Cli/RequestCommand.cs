using System.CommandLine;
using System.CommandLine.Parsing;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`request`.</summary>
internal sealed class RequestCommand
{
    private readonly Option<string[]> _databases = CommandMaker.Databases("Where: SERVER/DATABASE[,..]");
    private readonly Option<string?> _statement = CommandMaker.Text("--statement", "The statement", "SQL");
    private readonly Option<string?> _file = CommandMaker.Text("--file", "A file that holds the statement; - is standard input", "FILE");
    private readonly Option<long> _denied = CommandMaker.Number("--denied", "The audit record of a refused statement", "ID");
    private readonly Option<string?> _role = CommandMaker.Text("--role", "A database role, instead of a statement", "ROLE");
    private readonly Option<bool> _unmask = new("--unmask") { Description = "Masked columns in clear" };
    private readonly Option<bool> _export = new("--export") { Description = "Without caps on rows and size" };
    private readonly Option<string?> _schema = CommandMaker.Text("--schema", "Where unqualified names are; refused if sessions look elsewhere", "SCHEMA");
    private readonly Option<string?> _expires = CommandMaker.Duration("--expires", "How long, from approval", "4h");
    private readonly Option<long> _executions = CommandMaker.Number("--executions", "How often it may run", "N");
    private readonly Option<long> _again = CommandMaker.Number("--again", "A rejected request of yours, to be asked for once more", "ID");
    private readonly Option<bool> _noUnmask = new("--no-unmask") { Description = "With --again: masked columns stay masked this time" };
    private readonly Option<bool> _noExport = new("--no-export") { Description = "With --again: no bulk extraction this time" };
    private readonly Option<bool> _breakGlass = new("--break-glass") { Description = "In an emergency: runs at once, and an owner reviews it afterwards" };
    private readonly Option<string[]> _param = new("--param")
    {
        Description = "What a parameter may be: 1=int:1..100, 2=text:in(a,b), or one value, 3=open; several may be given",
        HelpName = "RULE",
    };

    private readonly Option<string[]> _from = new("--from") { Description = "May be used from this network only; several may be given", HelpName = "CIDR" };
    private readonly Option<string?> _reason = CommandMaker.Text("--reason", "Why", "TEXT", isRequired: true);

    // What a request that is made again cannot change.
    private Option[] Fixed => [_databases, _unmask, _export, _schema, _breakGlass, _denied, _role];

    /// <summary>The command.</summary>
    public static Command Make(CommandMaker maker)
    {
        var request = new RequestCommand();
        var command = maker.Make(
            "request",
            "Asks for a grant: for one statement, or for a role",
            request.RunAsync,
            request._databases,
            request._statement,
            request._file,
            request._denied,
            request._role,
            request._again,
            request._noUnmask,
            request._noExport,
            request._param,
            request._breakGlass,
            request._from,
            request._unmask,
            request._export,
            request._schema,
            request._expires,
            request._executions,
            request._reason);
        command.Validators.Add(request.Check);
        return command;
    }

    private void Check(CommandResult result)
    {
        Option[] subjects = [_statement, _file, _denied, _role];
        var isAgain = CommandMaker.IsGiven(result, _again);
        var count = subjects.Count(option => CommandMaker.IsGiven(result, option));
        if (isAgain ? count > 1 : count != 1)
            result.AddError("say what is asked for with one of --statement SQL, --file FILE, --denied ID, --role ROLE, --again ID");
        else if (!CommandMaker.IsGiven(result, _databases) && !CommandMaker.IsGiven(result, _denied) && !CommandMaker.IsGiven(result, _again))
            result.AddError("say where with --database SERVER/DATABASE");
        else if (isAgain && Fixed.FirstOrDefault(option => CommandMaker.IsGiven(result, option)) is { } fixedOption)
            result.AddError($"--again repeats a request, and {fixedOption.Name} cannot be changed in it; ask for it anew");
        else if (!isAgain && (CommandMaker.IsGiven(result, _noUnmask) || CommandMaker.IsGiven(result, _noExport)))
            result.AddError("--no-unmask and --no-export go with --again; otherwise leave --unmask and --export out");
        else if (CommandMaker.IsGiven(result, _role) && (CommandMaker.IsGiven(result, _schema) || CommandMaker.IsGiven(result, _executions)))
            result.AddError("--schema and --executions belong to a statement, not to a role");
    }

    private async Task<int> RunAsync(CliContext context, CancellationToken stop)
    {
        var parse = context.Parse;
        var wish = new RequestBody
        {
            Databases = parse.GetValue(_databases) is { Length: > 0 } databases ? [.. databases] : null,
            Statement = parse.GetValue(_statement) ?? ReadFile(context, parse.GetValue(_file)),
            Denied = parse.GetValue(_denied) is > 0 and var denied ? denied : null,
            Role = parse.GetValue(_role),
            Again = parse.GetValue(_again) is > 0 and var again ? again : null,
            BreakGlass = parse.GetValue(_breakGlass),
            Parameters = parse.GetValue(_param) is { Length: > 0 } rules ? [.. rules] : null,
            From = parse.GetValue(_from) is { Length: > 0 } from ? [.. from] : null,
            Schema = parse.GetValue(_schema),
            Unmask = parse.GetValue(_unmask),
            Export = parse.GetValue(_export),
            NoUnmask = parse.GetValue(_noUnmask),
            NoExport = parse.GetValue(_noExport),
            Expires = HasOwnTime(parse) && parse.GetResult(_expires) is not { Implicit: false } ? null : parse.GetValue(_expires),
            Executions = parse.GetValue(_executions) is > 0 and var executions ? executions : null,
            Reason = parse.GetValue(_reason),
        };
        using var client = context.Connect();
        var grant = await client.SendAsync<GrantDetail>(HttpMethod.Post, "v1/grants", wish, stop);
        return GrantText.Answer(context.Terminal, "request", grant);
    }

    // The usual time is not for these.
    private bool HasOwnTime(ParseResult parse) => parse.GetValue(_breakGlass) || parse.GetValue(_again) > 0;

    private static string? ReadFile(CliContext context, string? path)
    {
        try
        {
            return path switch
            {
                null => null,
                "-" => context.Environment.In.ReadToEnd(),
                _ => File.ReadAllText(path),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure("the statement's file cannot be read", e.Message);
        }
    }
}
