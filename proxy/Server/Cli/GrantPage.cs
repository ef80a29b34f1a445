using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>One grant, as its approver reads it.</summary>
internal static class GrantPage
{
    /// <summary>Prints everything that a decision needs.</summary>
    public static void Show(Terminal terminal, GrantDetail grant)
    {
        terminal.Facts(
            ("grant", $"{grant.Id}"),
            ("status", grant.SecondsLeft is { } left ? $"{grant.Status}, {GrantText.Left(left)} left" : grant.Status),
            ("user", PlainText.OneLine(grant.User)),
            ("reason", PlainText.OneLine(grant.Reason)),
            ("project", grant.Project),
            ("databases", PlainText.OneLine(string.Join(", ", grant.Databases))),
            ("role", grant.Role),
            ("schema", grant.Statement is null ? null : PlainText.OneLine(grant.Schema)),
            ("flags", GrantText.Flags(grant) is { Length: > 0 } flags ? flags : "none"),
            ("parameters", PlainText.OneLine(string.Join("; ", grant.Parameters))),
            ("from", string.Join(", ", grant.From)),
            ("follows", grant.Follows is { } before ? $"grant {before}" : null),
            ("duration", $"{grant.Duration} from approval"),
            ("requested", AdminJson.Format(grant.RequestedAt)),
            ("approved", grant.ApprovedAt is { } approved ? AdminJson.Format(approved) : null),
            ("expires", grant.ExpiresAt is { } expires ? AdminJson.Format(expires) : null),
            ("executions", grant.ExecutionsMax is { } max ? $"{grant.Executions} of {max}" : $"{grant.Executions}"),
            ("steps", string.Join(", ", grant.Steps.Select(Describe))),
            ("comments", PlainText.OneLine(string.Join("; ", grant.Comments))));
        if (grant.Statement is { } statement)
            ShowStatement(terminal, statement);

        foreach (var explanation in grant.Explanations)
            ExplanationPage.ShowReads(terminal, explanation, withDatabase: grant.Databases.Length > 1);

        foreach (var warning in grant.Warnings)
            terminal.Line($"warning: {PlainText.OneLine(warning)}");
    }

    // Characters that could deceive are written out.
    private static void ShowStatement(Terminal terminal, string statement)
    {
        terminal.Line("");
        terminal.Line(PlainText.Exact(statement));
        terminal.Line("");
        if (!PlainText.IsPlain(statement))
            terminal.Line("warning: the statement holds characters outside ASCII, shown as <U+NNNN>");
    }

    private static string Describe(StepView step) =>
        step is { By: { } by, At: { } at } ? $"{step.Role} ({by}, {AdminJson.Format(at)})" : $"{step.Role} (open)";
}
