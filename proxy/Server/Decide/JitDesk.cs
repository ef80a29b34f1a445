using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Capture;

namespace JitProxy.Server.Decide;

/// <summary>Carries out what a user tells the proxy in the middle of a session, in that user's name.</summary>
internal sealed class JitDesk(GrantDesk desk, TimeProvider clock)
{
    /// <summary>Rows of a list at most; the newest.</summary>
    private const int RowsMax = 200;

    /// <summary>Does it.</summary>
    /// <param name="command">What.</param>
    /// <param name="who">For whom, and on which database.</param>
    /// <param name="asked">The grant that the session asked for; null for none.</param>
    /// <param name="refused">The statement that was refused last in the session; null for none.</param>
    /// <param name="stop">The session ends.</param>
    public async ValueTask<JitAnswer> RunAsync(
        JitCommand command, SessionIdentity who, long? asked, string? refused, CancellationToken stop) => command.Verb switch
        {
            JitVerb.Status => Status(who, asked, refused),
            JitVerb.Grants => new([.. Mine(who).Take(RowsMax).Select(Row)], null),
            JitVerb.Request => await RequestAsync(command, who, refused, stop),
            JitVerb.Run => Refuse("42601", "a command that runs a statement was not turned into it", null),
        };

    /// <summary>The statement of a grant that the user may run here, or why not.</summary>
    public string? FindStatement(long id, SessionIdentity who, out Refusal? refusal)
    {
        refusal = null;
        if (desk.Find(id) is { Statement: { } statement } grant && grant.User == who.User && grant.Databases.Contains(who.QualifiedDatabase))
            return statement;

        // The same for a grant of somebody else and for none: numbers tell nothing.
        refusal = Refuse("42704", $"you have no statement grant {id} on {who.QualifiedDatabase}", "To list yours: JIT GRANTS").Refusal;
        return null;
    }

    private async ValueTask<JitAnswer> RequestAsync(JitCommand command, SessionIdentity who, string? refused, CancellationToken stop)
    {
        if (refused is null)
            return Refuse("55000", "no statement was refused in this session", "Run the statement first; when it is refused, say JIT REQUEST again.");

        var wish = new GrantWish
        {
            Kind = GrantKind.Statement,
            Databases = [who.QualifiedDatabase],
            Statement = refused,
            Unmask = command.Unmask,
            Export = command.Export,
            Reason = command.Reason,
            Duration = command.Duration,
        };
        var result = await desk.RequestAsync(wish, new(who.User), stop);
        return result.TryGetGrant(out var grant, out var refusal) ? new([Row(grant)], null) : Refuse(Refusal.InsufficientPrivilege, refusal, null);
    }

    private JitAnswer Status(SessionIdentity who, long? asked, string? refused)
    {
        var now = clock.GetUtcNow();
        var mine = Mine(who).ToList();
        return new(
            [
                ["user", who.User],
                ["database", who.QualifiedDatabase],
                ["client", who.Client],
                ["jit.grant", asked is { } grant ? Number(grant) : null],
                ["active grants", Number(mine.Count(g => g.StatusAt(now) == GrantStatus.Active))],
                ["pending grants", Number(mine.Count(g => g.StatusAt(now) == GrantStatus.Pending))],
                ["last refused", refused],
                .. desk.Reminders.AllOf(who.User).Select(static text => (ImmutableArray<string?>)["ends soon", text]),
            ],
            null);
    }

    private IEnumerable<Grant> Mine(SessionIdentity who) =>
        desk.List(new(User: who.User, Database: who.QualifiedDatabase)).OrderByDescending(static grant => grant.Id);

    private ImmutableArray<string?> Row(Grant grant) =>
    [
        Number(grant.Id),
        grant.StatusAt(clock.GetUtcNow()).ToString().ToLowerInvariant(),
        grant.NextStep?.Role,
        grant.ExpiresAt?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        grant.Unmask ? "yes" : "no",
        grant.Export ? "yes" : "no",
        grant.Statement ?? $"role {grant.Role}",
    ];

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static JitAnswer Refuse(string sqlState, string message, string? hint) => new([], new(DenyReason.Unspecified, sqlState, message, null, hint));
}
