using JitProxy.Policy.Grants;

namespace JitProxy.Server.Console;

/// <summary>What runs at this moment.</summary>
internal static class Underway
{
    /// <summary>The executions of a grant that run now, for whoever may stop them; nothing if there are none.</summary>
    public static Html Of(Visit visit, Grant grant)
    {
        var running = visit.Services.Watch.List().Where(r => r.Running.Permit?.Grant.Id == grant.Id).ToList();
        return running.Count == 0 ? Html.Nothing : Html.Of($"""
            <div class="underway"><b>{running.Count} {(running.Count == 1 ? "execution runs" : "executions run")} now</b>
            <ul>{Html.Each(running, r => Html.Of($"<li>{r.User}, {r.Running.Rows} rows, for {Parts.Left(visit.Now - r.Running.ResumedAt)}</li>"))}</ul>
            Revoking stops {(running.Count == 1 ? "it" : "them")}.</div>
            """);
    }
}
