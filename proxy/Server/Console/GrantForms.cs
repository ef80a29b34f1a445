using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Console;

/// <summary>What people do with a grant: each act is a form, whose answer is the grant's page again.</summary>
internal static class GrantForms
{
    /// <summary>The acts, by the last word of their address.</summary>
    public static IReadOnlyDictionary<string, Func<Visit, Task>> All { get; } = new Dictionary<string, Func<Visit, Task>>(StringComparer.Ordinal)
    {
        ["approve"] = static visit => ActAsync(
            visit, visit.Services.Acts.Approve, static g => g.NextStep is { } next ? $"Signed. Next is {next.Role}." : "Signed. It holds now."),
        ["reject"] = static visit => ActAsync(visit, visit.Services.Acts.Reject, static _ => "Rejected."),
        ["cancel"] = static visit => ActAsync(visit, visit.Services.Acts.Cancel, static _ => "Withdrawn."),
        ["revoke"] = static visit => ActAsync(visit, visit.Services.Acts.Revoke, static _ => "Revoked. What ran under it is stopped."),
        ["review"] = static visit => ActAsync(visit, visit.Services.Acts.Review, static _ => "Reviewed."),
        ["extend"] = ExtendAsync,
        ["again"] = AskAgainAsync,
    };

    private static Task ActAsync(Visit visit, Func<long, ChangeBody, Caller, ActResult> act, Func<Grant, string> done)
    {
        var result = TryRead(visit, out var change, out var problem) ? act(visit.Id, change, visit.Caller) : problem!;
        return visit.ReportAsync(result, done, BackTo(visit));
    }

    private static async Task ExtendAsync(Visit visit)
    {
        var result = TryRead(visit, out var change, out var problem)
            ? await visit.Services.Acts.ExtendAsync(visit.Id, change, visit.Caller, visit.Stop)
            : problem!;
        const string Done = "Asked for more time. The grant itself keeps its own end.";
        await visit.ReportAsync(result, static _ => Done, PageOf(result.Grant?.Id ?? visit.Id));
    }

    private static async Task AskAgainAsync(Visit visit)
    {
        var result = await visit.Services.Acts.RequestAsync(new() { Again = visit.Id, Reason = visit.Field("reason") }, visit.Caller, visit.Stop);
        await visit.ReportAsync(result, static _ => "Asked again.", PageOf(result.Grant?.Id ?? visit.Id));
    }

    private static bool TryRead(Visit visit, out ChangeBody change, out Problem? problem)
    {
        problem = null;
        var executions = default(long?);
        if (visit.Field("executions")?.Trim() is { } text)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                executions = number;
            else
                problem = new($"\"{text}\" is not a number of runs", 400, "Write a whole number, or leave it empty.");
        }

        change = new(visit.Field("comment")?.Trim(), visit.Field("expires")?.Trim(), visit.IsTicked("no_unmask"), visit.IsTicked("no_export"), executions)
        {
            AskChanges = visit.IsTicked("ask_changes"),
        };
        return problem is null;
    }

    private static string PageOf(long grant) => string.Create(CultureInfo.InvariantCulture, $"/grants/{grant}");

    // The list of a project revokes, too, and wants to be seen again.
    private static string BackTo(Visit visit) => visit.Field("back") is ['/', 'p', ..] back ? SignIn.Next(back) : PageOf(visit.Id);
}
