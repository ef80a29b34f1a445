using System.CommandLine;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`user add`, `list`, `remove`, `password`.</summary>
internal static class UserCommands
{
    /// <summary>The group.</summary>
    public static Command Make(CommandMaker maker)
    {
        var name = new Argument<string>("NAME") { Description = "The user" };
        var fromInput = new Option<bool>("--password-stdin") { Description = "Read the password from the first line of standard input" };
        return new("user", "People who may sign in")
        {
            maker.Make("add", "Adds a user", (context, stop) => AddAsync(context, Name(context), FromInput(context), stop), name, fromInput),
            maker.Make("list", "Lists the users", ListAsync),
            maker.Make("remove", "Removes a user; open sessions end", (context, stop) => RemoveAsync(context, Name(context), stop), name),
            maker.Make("password", "Changes a password", (context, stop) => ChangeAsync(context, Name(context), FromInput(context), stop), name, fromInput),
        };

        string Name(CliContext context) => context.Parse.GetValue(name)!;
        bool FromInput(CliContext context) => context.Parse.GetValue(fromInput);
    }

    private static async Task<int> AddAsync(CliContext context, string name, bool fromInput, CancellationToken stop)
    {
        var password = PasswordInput.Read(context.Environment, fromInput);
        using var client = context.Connect();
        var user = await client.SendAsync<UserView>(HttpMethod.Post, "v1/users", new UserBody(name, password), stop);
        return Answer(context, user, $"user {user.Name} added");
    }

    private static async Task<int> ListAsync(CliContext context, CancellationToken stop)
    {
        using var client = context.Connect();
        var users = await client.GetAsync<UserView[]>("v1/users", stop);
        if (context.Terminal.IsJson)
            context.Terminal.Json(users);
        else
            context.Terminal.Table(["name", "created"], users.Select(static u => (string[])[u.Name, AdminJson.Format(u.CreatedAt)]));

        return ExitCode.Done;
    }

    private static async Task<int> RemoveAsync(CliContext context, string name, CancellationToken stop)
    {
        using var client = context.Connect();
        var done = await client.SendAsync<Done>(HttpMethod.Delete, $"v1/users/{Uri.EscapeDataString(name)}", null, stop);
        return Answer(context, done, done.Message);
    }

    private static async Task<int> ChangeAsync(CliContext context, string name, bool fromInput, CancellationToken stop)
    {
        var password = PasswordInput.Read(context.Environment, fromInput);
        using var client = context.Connect();
        var done = await client.SendAsync<Done>(HttpMethod.Put, $"v1/users/{Uri.EscapeDataString(name)}/password", new UserBody(name, password), stop);
        return Answer(context, done, done.Message);
    }

    private static int Answer<T>(CliContext context, T value, string words)
    {
        if (context.Terminal.IsJson)
            context.Terminal.Json(value);
        else
            context.Terminal.Line(words);

        return ExitCode.Done;
    }
}
