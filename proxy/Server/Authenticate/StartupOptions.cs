using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JitProxy.Server.Authenticate;

/// <summary>
/// The startup parameter `options`: command-line arguments for the server, parted by blanks, a backslash taking the next character as it is.
/// Only settings are understood: `-c name=value`, `-cname=value`, `--name=value`.
/// </summary>
internal static class StartupOptions
{
    /// <summary>Reads the settings in order; false with the argument that is not understood.</summary>
    public static bool TryParse(string options, List<KeyValuePair<string, string>> settings, [NotNullWhen(false)] out string? offending)
    {
        var arguments = Split(options);
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            string? assignment = null;
            if (argument == "-c" && index + 1 < arguments.Count)
            {
                index++;
                assignment = arguments[index];
            }
            else if (argument.StartsWith("--", StringComparison.Ordinal) || argument.StartsWith("-c", StringComparison.Ordinal))
            {
                assignment = argument[2..];
            }

            var equals = assignment?.IndexOf('=', StringComparison.Ordinal) ?? -1;
            if (assignment is null || equals < 1)
            {
                offending = argument == "-c" ? $"-c {assignment}" : argument;
                return false;
            }

            // The server reads dashes in a name as underscores.
            settings.Add(new(assignment[..equals].Replace('-', '_'), assignment[(equals + 1)..]));
        }

        offending = null;
        return true;
    }

    private static List<string> Split(string options)
    {
        var arguments = new List<string>();
        var argument = new StringBuilder();
        var isOpen = false;
        for (var index = 0; index < options.Length; index++)
        {
            var character = options[index];
            if (IsBlank(character))
            {
                if (isOpen)
                    arguments.Add(argument.ToString());

                argument.Clear();
                isOpen = false;
                continue;
            }

            if (character == '\\' && index + 1 < options.Length)
            {
                index++;
                character = options[index];
            }

            argument.Append(character);
            isOpen = true;
        }

        if (isOpen)
            arguments.Add(argument.ToString());

        return arguments;
    }

    private static bool IsBlank(char character) => character is ' ' or '\t' or '\n' or '\r' or '\v' or '\f';
}
