using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>Words about grants.</summary>
internal static class GrantText
{
    /// <summary>Where it stands: `is pending: waits for project-owner, security`.</summary>
    public static string Progress(GrantView grant) => grant.Status switch
    {
        "pending" => $"is pending: waits for {string.Join(", ", grant.Steps.Where(static s => s.By is null).Select(static s => s.Role))}",
        "active" when grant.ExpiresAt is { } end => $"is active until {AdminJson.Format(end)}",
        _ => $"is {grant.Status}",
    };

    /// <summary>Says how it stands after a change; in JSON with the fields of the contract alone.</summary>
    public static int Answer(Terminal terminal, string what, GrantDetail grant)
    {
        if (terminal.IsJson)
        {
            terminal.Json<GrantView>(grant);
            return ExitCode.Done;
        }

        terminal.Line($"{what} {grant.Id} {Progress(grant)}");
        foreach (var warning in grant.Warnings)
            terminal.Note($"note: {PlainText.OneLine(warning)}");

        return ExitCode.Done;
    }

    /// <summary>Its flags, as `unmask, export`.</summary>
    public static string Flags(GrantView grant) =>
        string.Join(", ", new[] { grant.Unmask ? "unmask" : null, grant.Export ? "export" : null, GlassOf(grant) }.OfType<string>());

    private static string? GlassOf(GrantView grant) => grant.Review is null ? null : grant.Review == "open" ? "break-glass (not reviewed)" : "break-glass";

    /// <summary>Seconds as `3h 59m`.</summary>
    public static string Left(long seconds)
    {
        var left = TimeSpan.FromSeconds(seconds);
        var days = left.Days > 0 ? $"{left.Days}d " : "";
        var hours = left.TotalHours >= 1 ? $"{left.Hours}h " : "";
        return $"{days}{hours}{left.Minutes}m {left.Seconds}s";
    }
}
