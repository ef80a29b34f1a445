using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>What a statement reads and returns, for people.</summary>
internal static class ExplanationPage
{
    /// <summary>Everything.</summary>
    public static void Show(Terminal terminal, Explanation explanation)
    {
        terminal.Facts(
        [
            ("database", explanation.Database),
            ("user", explanation.User),
            ("normal form", explanation.NormalForm is { } form ? PlainText.Exact(form) : null),
            ("kind", explanation.Kind),
            ("decision", explanation.Grant is { } grant ? $"{explanation.Decision} by grant {grant}" : explanation.Decision),
            ("because", explanation.Reason is { } reason ? PlainText.OneLine(reason) : null),
            ("a request", Request(explanation)),
            .. Reads(explanation),
        ]);
        ShowColumns(terminal, explanation);
        foreach (var warning in explanation.Warnings)
            terminal.Line($"warning: {PlainText.OneLine(warning)}");
    }

    /// <summary>Tables, columns and masks.</summary>
    public static void ShowReads(Terminal terminal, Explanation explanation, bool withDatabase)
    {
        terminal.Facts([("on", withDatabase ? explanation.Database : null), .. Reads(explanation)]);
        ShowColumns(terminal, explanation);
    }

    private static (string Name, string? Value)[] Reads(Explanation explanation) =>
    [
        ("reads", explanation.Tables.IsEmpty ? "no table" : PlainText.OneLine(string.Join(", ", explanation.Tables))),
        ("not a read", explanation.Objection is { } objection ? PlainText.OneLine(objection) : null),
        ("unresolved", explanation.Unresolved is { } unresolved ? PlainText.OneLine(unresolved) : null),
    ];

    private static void ShowColumns(Terminal terminal, Explanation explanation)
    {
        if (explanation.Columns.IsEmpty)
            return;

        terminal.Table(
            ["column", "comes", "from"],
            explanation.Columns.Select(static c => (string[])
            [
                c.Name ?? "?",
                c.Mask is null ? "in clear" : $"masked ({c.Mask})",
                string.Join(", ", c.Sources),
            ]));
    }

    private static string? Request(Explanation explanation) =>
        explanation.RequestObjection is { } objection ? $"would be refused: {PlainText.OneLine(objection)}"
        : explanation.Steps is not { } steps ? null
        : steps.IsEmpty ? "would be approved at once"
        : $"would wait for {string.Join(", ", steps)}";
}
