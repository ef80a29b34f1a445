using System.Text;

namespace JitProxy.Server.Cli;

/// <summary>Gets a password without showing it.</summary>
internal static class PasswordInput
{
    /// <summary>From the first line of standard input, or typed twice on a terminal.</summary>
    public static string Read(CliEnvironment environment, bool fromInput)
    {
        if (fromInput)
        {
            return environment.In.ReadLine() is { Length: > 0 } line
                ? line
                : throw CliContext.Usage("standard input has no password", "--password-stdin reads its first line.");
        }

        if (!environment.IsInTerminal)
            throw CliContext.Usage("nobody can type a password here", "Standard input is not a terminal; use --password-stdin.");

        var password = Prompt(environment, "Password: ");
        if (password.Length == 0)
            throw CliContext.Usage("the password is empty");

        return Prompt(environment, "Again: ") == password ? password : throw new CliFailure("the passwords differ", "Nothing was changed.");
    }

    private static string Prompt(CliEnvironment environment, string words)
    {
        environment.Error.Write(words);
        environment.Error.Flush();
        var typed = new StringBuilder();
        while (environment.ReadKey() is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.KeyChar is not '\0' and not (char)27)
                typed.Append(key.KeyChar);
        }

        environment.Error.WriteLine();
        return typed.ToString();
    }
}
