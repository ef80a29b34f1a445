using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Console;

/// <summary>What the same person asked for before that is closest to a request, so that an approver reads the difference and not the whole.</summary>
/// <param name="Marked">The statement to mark differences from; null if it is the same.</param>
/// <param name="Words">What differs, for people.</param>
internal sealed record EarlierGrant(string? Marked, Html Words)
{
    // Each is brought into normal form.
    private const int ComparedMax = 64;
    private const int ComparedLengthMax = 64 * 1024;

    /// <summary>The closest among the newest of the user's earlier grants on the database; null if there is none.</summary>
    public static EarlierGrant? Find(Visit visit, Grant grant)
    {
        if (grant.Statement is not { Length: <= ComparedLengthMax } || !TryNormalize(grant, out var form))
            return null;

        (Grant Grant, TokenDifference? Difference)? best = null;
        foreach (var earlier in visit.Services.Admin.Desk.Book.Nearby(grant.User, grant.Databases[0])
            .Where(g => g.Id < grant.Id && g.Statement is { Length: <= ComparedLengthMax } && visit.Caller.Sees(g, visit.Configuration))
            .OrderByDescending(static g => g.Id).Take(ComparedMax))
        {
            if (!TryNormalize(earlier, out var other))
                continue;

            if (other.Canonical.SequenceEqual(form.Canonical))
                return new(null, Same(visit, grant, earlier));

            if (NearMiss.Find(other, form) is { } difference && !(best?.Difference?.Distance <= difference.Distance))
                best = (earlier, difference);
        }

        return best is { } nearest ? new(nearest.Grant.Statement, Near(visit, grant, nearest.Grant, nearest.Difference!.Value)) : null;
    }

    private static bool TryNormalize(Grant grant, out NormalForm form) =>
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(grant.Statement!), grant.Request.Dialect, out form!, out _, out _);

    private static Html Same(Visit visit, Grant grant, Grant earlier) => Html.Of($"""
        <p class="compare">The same statement as in {Link(visit, earlier)}. {Terms(grant, earlier)}</p>
        """);

    private static Html Near(Visit visit, Grant grant, Grant earlier, TokenDifference difference) => Html.Of($"""
        <p class="compare">Close to {Link(visit, earlier)}, which has <code>{StatementView.Escaped(difference.Granted)}</code> where this has
        <code>{StatementView.Escaped(difference.Offered)}</code>; what is new is <mark>marked</mark>. {Terms(grant, earlier)}</p>
        """);

    private static Html Link(Visit visit, Grant earlier) =>
        Html.Of($"""<a href="/grants/{earlier.Id}">grant {earlier.Id}</a> ({DeskWords.NameOf(earlier.StatusAt(visit.Now))})""");

    private static Html Terms(Grant grant, Grant earlier)
    {
        var (longer, before) = (Parts.Duration(grant.Request.Duration), Parts.Duration(earlier.Duration));
        var more = string.Join(", ", grant.Databases.Except(earlier.Databases, StringComparer.Ordinal));
        var differences = new[]
        {
            (Is: grant.Request.Unmask && !earlier.Unmask, Words: "unmask is new"),
            (Is: grant.Request.Export && !earlier.Export, Words: "export is new"),
            (Is: grant.Request.Duration > earlier.Duration, Words: $"for {longer} instead of {before}"),
            (Is: more.Length > 0, Words: $"also on {more}"),
        }.Where(static d => d.Is).Select(static d => d.Words).ToList();
        return differences.Count == 0 ? Html.Nothing : Html.Of($"<mark>Also different: {string.Join("; ", differences)}.</mark>");
    }
}
