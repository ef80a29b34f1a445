using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Storage.Audit;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Requests, grants, runs and explanations.</summary>
internal sealed class GrantEndpoints(AdminServices services)
{
    private DateTimeOffset Now => services.Clock.GetUtcNow();

    /// <summary>The number in the address.</summary>
    public static long Id(HttpContext context) => long.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);

    /// <summary>Those that the caller may see.</summary>
    public Task ListAsync(HttpContext context, Caller caller)
    {
        var query = context.Request.Query;
        var status = default(GrantStatus?);
        if (query["status"].ToString() is { Length: > 0 } word)
        {
            if (Enum.GetValues<GrantStatus>().Where(s => DeskWords.NameOf(s) == word).ToArray() is not [var found])
                return Answers.RefuseAsync(context, new($"\"{word}\" is not a status", 400));

            status = found;
        }

        var user = query["mine"] == "true" ? caller.Actor.Name : query["user"].ToString() is { Length: > 0 } name ? name : null;
        var now = Now;
        var configuration = services.Configuration();
        var grants = services.Desk.List(new(status, user, NeedsReview: query["unreviewed"] == "true")).Where(g => caller.Sees(g, configuration)).ToList();
        var begun = services.Audit.CountByGrant([.. grants.Select(static g => g.Id)]);
        return Answers.WriteAsync(context, grants.Select(g => GrantViews.Of(g, now, begun[g.Id])).ToArray());
    }

    /// <summary>One in full, with what its statement reads.</summary>
    public async Task ShowAsync(HttpContext context, Caller caller)
    {
        if (Find(context, caller) is not { } grant)
        {
            await RefuseUnknownAsync(context);
            return;
        }

        var explanations = ImmutableArray.CreateBuilder<Explanation>();
        foreach (var database in grant.Statement is null ? [] : grant.Databases)
        {
            explanations.Add(await services.Explain.ExplainAsync(
                new(database, grant.Statement!, grant.User, grant.Schema, grant.Unmask), context.RequestAborted));
        }

        ImmutableArray<string> warnings = [.. explanations.SelectMany(static e => e.Warnings).Distinct(StringComparer.Ordinal)];
        await Answers.WriteAsync(context, GrantViews.Fill(grant, Now, services.Audit.CountByGrant(grant.Id), explanations.ToImmutable(), warnings));
    }

    /// <summary>Asks for a grant.</summary>
    public async Task RequestAsync(HttpContext context, Caller caller)
    {
        var body = await Answers.ReadAsync<RequestBody>(context);
        var actor = caller.Actor;
        if (body.Denied is { } denied)
        {
            if (FindDenied(denied, caller) is not { Statement: { } statement } record)
            {
                const string List = "See jitproxy audit --decision denied";
                await Answers.RefuseAsync(context, new($"audit record {denied} is not a refused statement of yours", 404, null, List));
                return;
            }

            if (record.IsStatementCut)
            {
                const string Instead = "It was too large for the trail. Give the statement with --file.";
                await Answers.RefuseAsync(context, new($"audit record {denied} does not hold the whole statement", 409, Instead));
                return;
            }

            // The administrator asks for the person who was refused; anybody else asks for themselves.
            actor = actor.IsAdministrator && record.User is { } user ? new(user, IsThroughAdministrator: true) : actor;
            body = body with { Statement = statement, Databases = body.Databases ?? (record.Database is { } database ? [database] : null) };
        }

        if (body.Again is { } again)
        {
            if (services.Desk.Find(again) is { } rejected && caller.Sees(rejected, services.Configuration()))
                await AnswerAsync(context, await services.Desk.AskAgainAsync(again, actor, body.Reason, context.RequestAborted));
            else
                await Answers.RefuseAsync(context, new(DeskWords.Unknown(again), 404));

            return;
        }

        if (body.Expires is { } expires && !Units.TryParseDuration(expires, out _))
        {
            await Answers.RefuseAsync(context, new($"\"{expires}\" is not a duration", 400, Units.DurationWords));
            return;
        }

        await AnswerAsync(context, await services.Desk.RequestAsync(WishOf(body), actor, context.RequestAborted));
    }

    /// <summary>Signs the next step.</summary>
    public Task ApproveAsync(HttpContext context, Caller caller) =>
        ChangeAsync(context, caller, (id, change, duration) => services.Desk.Approve(id, caller.Actor, TermsOf(change, duration)));

    /// <summary>Turns a request down.</summary>
    public Task RejectAsync(HttpContext context, Caller caller) =>
        ChangeAsync(context, caller, (id, change, _) => services.Desk.Reject(id, caller.Actor, change.Comment));

    /// <summary>Withdraws a request.</summary>
    public Task CancelAsync(HttpContext context, Caller caller) =>
        ChangeAsync(context, caller, (id, _, _) => services.Desk.Cancel(id, caller.Actor));

    /// <summary>Ends an active grant.</summary>
    public Task RevokeAsync(HttpContext context, Caller caller) =>
        ChangeAsync(context, caller, (id, change, _) => services.Desk.Revoke(id, caller.Actor, change.Comment));

    /// <summary>Notes that an owner has looked at a break-glass grant.</summary>
    public Task ReviewAsync(HttpContext context, Caller caller) =>
        ChangeAsync(context, caller, (id, change, _) => services.Desk.Review(id, caller.Actor, change.Comment));

    /// <summary>Asks for more time.</summary>
    public async Task ExtendAsync(HttpContext context, Caller caller)
    {
        var change = await Answers.ReadAsync<ChangeBody>(context);
        if (Find(context, caller) is not { } grant)
            await RefuseUnknownAsync(context);
        else if (!Units.TryParseDuration(change.Expires ?? "", out var duration))
            await Answers.RefuseAsync(context, new($"\"{change.Expires}\" is not a duration", 400, Units.DurationWords));
        else
            await AnswerAsync(context, await services.Desk.ExtendAsync(grant.Id, caller.Actor, duration, context.RequestAborted));
    }

    /// <summary>Runs the statement of the caller's own grant.</summary>
    public async Task RunAsync(HttpContext context, Caller caller)
    {
        var body = await Answers.ReadAsync<RunBody>(context);
        if (Find(context, caller) is not { } grant)
        {
            await RefuseUnknownAsync(context);
            return;
        }

        var database = body.Database ?? (grant.Databases is [var only] ? only : null);
        if (FindRunObjection(grant, caller, database) is { } objection)
        {
            await Answers.RefuseAsync(context, objection);
            return;
        }

        var lines = Answers.StartLines(context);
        await foreach (var line in services.Run.RunAsync(grant, database!, caller.Client, context.RequestAborted))
            await lines.WriteAsync(line);

        await lines.FlushAsync();
    }

    /// <summary>Says what would happen to a statement.</summary>
    public async Task ExplainAsync(HttpContext context, Caller caller)
    {
        var body = await Answers.ReadAsync<ExplainBody>(context);
        if (string.IsNullOrEmpty(body.Database) || string.IsNullOrWhiteSpace(body.Statement))
        {
            await Answers.RefuseAsync(context, new("an explanation needs a database and a statement", 400));
            return;
        }

        if (body.Database.IndexOf('/', StringComparison.Ordinal) is var slash && (slash <= 0 || slash == body.Database.Length - 1))
        {
            await Answers.RefuseAsync(context, new($"\"{body.Database}\" is not a database", 400, "Write SERVER/DATABASE, as in shop/app."));
            return;
        }

        var question = new ExplainQuestion(body.Database, body.Statement, caller.Actor.Name, body.Schema, Unmask: false);
        await Answers.WriteAsync(context, await services.Explain.ExplainAsync(question, context.RequestAborted));
    }

    private static Problem? FindRunObjection(Grant grant, Caller caller, string? database) => grant switch
    {
        { Kind: GrantKind.Role } => new($"grant {grant.Id} is for a role", 409, "It has no one statement to run.", "Use any client through the proxy."),
        _ when !string.Equals(grant.User, caller.Actor.Name, StringComparison.Ordinal) => new(
            $"grant {grant.Id} is {grant.User}'s",
            403,
            "Only its user may run it.",
            caller.Actor.IsAdministrator ? $"Act as that user: --as {grant.User}" : null),
        _ when database is null => new("the grant is for several databases", 400, string.Join(", ", grant.Databases), "Say which: --database SERVER/DATABASE"),
        _ when !grant.Databases.Contains(database) => new($"grant {grant.Id} is not for {database}", 409, $"It is for {string.Join(", ", grant.Databases)}."),
        _ => null,
    };

    private static GrantWish WishOf(RequestBody body) => new()
    {
        Kind = body.Role is null ? GrantKind.Statement : GrantKind.Role,
        Databases = body.Databases ?? [],
        Statement = body.Statement,
        Role = body.Role,
        Schema = body.Schema,
        Unmask = body.Unmask,
        Export = body.Export,
        Reason = body.Reason,
        Networks = body.From ?? [],
        Parameters = body.Parameters ?? [],
        BreakGlass = body.BreakGlass,
        Duration = body.Expires is { } expires && Units.TryParseDuration(expires, out var duration) ? duration : null,
        ExecutionsMax = body.Executions is { } executions ? (int)Math.Min(executions, int.MaxValue) : null,
    };

    private static ApprovalTerms TermsOf(ChangeBody change, TimeSpan? duration) =>
        new(change.Comment, duration, change.NoUnmask, change.NoExport, change.Executions is { } executions ? (int)Math.Min(executions, int.MaxValue) : null);

    private AuditRecord? FindDenied(long seq, Caller caller)
    {
        var record = services.Audit.Query(new() { Seq = seq }).FirstOrDefault();
        return record is { Event: AuditEvent.Denied }
            && (caller.Actor.IsAdministrator || string.Equals(record.User, caller.Actor.Name, StringComparison.Ordinal)) ? record : null;
    }

    private async Task ChangeAsync(HttpContext context, Caller caller, Func<long, ChangeBody, TimeSpan?, DeskResult> change)
    {
        var body = await Answers.ReadAsync<ChangeBody>(context);
        var duration = default(TimeSpan?);
        if (body.Expires is { } expires)
        {
            if (!Units.TryParseDuration(expires, out var parsed))
            {
                await Answers.RefuseAsync(context, new($"\"{expires}\" is not a duration", 400, Units.DurationWords));
                return;
            }

            duration = parsed;
        }

        if (Find(context, caller) is { } grant)
            await AnswerAsync(context, change(grant.Id, body, duration));
        else
            await RefuseUnknownAsync(context);
    }

    // A grant that the caller may not see is as if there were none.
    private Grant? Find(HttpContext context, Caller caller) =>
        services.Desk.Find(Id(context)) is { } grant && caller.Sees(grant, services.Configuration()) ? grant : null;

    private static Task RefuseUnknownAsync(HttpContext context) => Answers.RefuseAsync(context, new(DeskWords.Unknown(Id(context)), 404));

    private Task AnswerAsync(HttpContext context, DeskResult result) =>
        result.TryGetGrant(out var grant, out var refusal)
            ? Answers.WriteAsync(context, GrantViews.Fill(grant, Now, services.Audit.CountByGrant(grant.Id), [], result.Notes))
            : Answers.ConflictAsync(context, refusal);
}
