// Task: say on a page what the desk and the API say to everybody, without the words of the command line: a page has buttons and boxes for them.
using System.Collections.Immutable;
using System.Globalization;

namespace JitProxy.Server.Console;

/// <summary>Refusals, hints and warnings in the words of a page.</summary>
internal static class PageWords
{
    private const string Program = "jitproxy ";
    private const string Option = "--";
    private const string Denied = Program + "request --denied ";

    // Options whose value says something on a page, too, and those that have a name of their own there.
    private static readonly (string Option, string Words)[] Options =
    [
        (": --statement SQL --unmask", ", with Unmask"),
        ("Give the statement with --statement or --file,", "Write the statement,"),
        ("Give the statement with --file.", "Write the statement."),
        ("Leave --schema out and write", "Write"),
        (" Leave --schema out.", ""),
        ("Leave --param out.", "Leave them out."),
        ("--param ", ""),
        ("Ask for less: --expires ", "Ask for at most "),
        (": --expires ", ": "),
        ("as in --expires ", "as in "),
        ("as in --from ", "as in "),
        ("--break-glass", "Emergency"),
    ];

    /// <summary>A text for people, one or several sentences.</summary>
    public static string Of(string text)
    {
        text = WithoutCommands(text);
        foreach (var (option, words) in Options)
            text = text.Replace(option, words, StringComparison.Ordinal);

        return WithoutOptions(text);
    }

    /// <summary>What is told beside a refusal: the sentences that say something on a page. A hint about a record is a link there.</summary>
    public static ImmutableArray<string> Of(string? detail, string? hint) =>
    [
        .. new[] { detail, FindDenied(hint) is null ? hint : null }.OfType<string>().Select(Of).Where(static text => text.Length > 0),
    ];

    /// <summary>The record of the refusal that a hint is about, whose form can be opened; null if it is about something else.</summary>
    public static long? FindDenied(string? hint) =>
        hint?.IndexOf(Denied, StringComparison.Ordinal) is >= 0 and var at
        && long.TryParse(hint[(at + Denied.Length)..].Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    // A command is the end of its sentence, and mostly of the text. "Sign for less: COMMAND" says something without it, "To end it: COMMAND" does not.
    private static string WithoutCommands(string text)
    {
        int at;
        while ((at = text.IndexOf(Program, StringComparison.Ordinal)) >= 0)
        {
            if (text.LastIndexOf('(', at) is >= 0 and var open && open == at - 1 && text.IndexOf(')', at) is > 0 and var close)
            {
                text = text[..open].TrimEnd() + text[(close + 1)..];
                continue;
            }

            var before = text[..at];
            var start = before.LastIndexOfAny(['.', '\n', ';']) + 1;
            var sentence = before[start..].Trim();
            var isWhole = sentence.EndsWith(':') && !sentence.StartsWith("To ", StringComparison.Ordinal)
                && !sentence.StartsWith("See", StringComparison.Ordinal);
            var rest = text.IndexOf('\n', at) is >= 0 and var line ? text[line..] : "";
            text = (isWhole ? before.TrimEnd(':', ' ') + "." : before[..start]).TrimEnd() + rest;
        }

        return text.Trim();
    }

    // Behind a colon stands what to type, to the end of the sentence; anywhere else an option is the box of its name.
    private static string WithoutOptions(string text)
    {
        int at;
        while ((at = text.IndexOf(Option, StringComparison.Ordinal)) >= 0)
        {
            var isTyped = at >= 2 && text[at - 2] == ':';
            var end = isTyped ? EndOfSentence(text, at) : at + Option.Length;
            text = isTyped ? text[..(at - 2)] + text[end..]
                : end == text.Length ? text[..at]
                : text[..at] + char.ToUpperInvariant(text[end]) + text[(end + 1)..];
        }

        return text;
    }

    private static int EndOfSentence(string text, int from)
    {
        var end = text.IndexOf(". ", from, StringComparison.Ordinal);
        return end >= 0 ? end : text.EndsWith('.') ? text.Length - 1 : text.Length;
    }
}
