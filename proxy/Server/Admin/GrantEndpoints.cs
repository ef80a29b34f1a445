using System.Globalization;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Decide;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Requests, grants, runs and explanations.</summary>
internal sealed class GrantEndpoints(AdminServices services)
{
    private readonly GrantActs _acts = new(services);

    private DateTimeOffset Now => services.Clock.GetUtcNow();

    /// <summary>The number in the address.</summary>
    public static long Id(HttpContext context) => long.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);

    /// <summary>A page of those that the caller may see.</summary>
    public Task ListAsync(HttpContext context, Caller caller)
    {
        var values = new QueryValues(context.Request.Query);
        var filter = GrantQuery.Read(values, caller, _acts);
        var limit = GrantQuery.Limit(values);
        var (order, isDescending) = values.Words("order", "an order", OrderWords.Grants) is [var found, ..] ? found : default;
        var behind = default(GrantPlace?);
        if (values.Text("cursor") is { } cursor)
        {
            if (GrantPlace.TryParse(cursor, out var place))
                behind = place;
            else
                values.Fail($"\"{cursor}\" is not a cursor", "Take the one that came with the page before.");
        }

        if (values.Finish() is { } fault)
            return Answers.RefuseAsync(context, fault);

        var page = _acts.Page(filter, order, isDescending, behind, limit, caller);
        var begun = services.Audit.CountByGrant([.. page.Grants.Select(static g => g.Id)]);
        var now = Now;
        var next = page.Next?.ToString();
        var reminders = services.Desk.Reminders;
        return Answers.WriteAsync(context, new GrantsPage(
            [.. page.Grants.Select(g => GrantViews.Of(g, now, begun[g.Id]) with { EndsSoon = reminders.IsDue(g) })],
            next,
            next is null ? null : QueryValues.Next(context.Request, next)));
    }

    /// <summary>One in full, with what its statement reads.</summary>
    public async Task ShowAsync(HttpContext context, Caller caller)
    {
        if (_acts.Find(Id(context), caller) is { } grant)
            await Answers.WriteAsync(context, await _acts.DescribeAsync(grant, context.RequestAborted));
        else
            await Answers.RefuseAsync(context, GrantActs.Unknown(Id(context)));
    }

    /// <summary>Asks for a grant.</summary>
    public async Task RequestAsync(HttpContext context, Caller caller) =>
        await AnswerAsync(context, await _acts.RequestAsync(await Answers.ReadAsync<RequestBody>(context), caller, context.RequestAborted));

    /// <summary>Signs the next step.</summary>
    public Task ApproveAsync(HttpContext context, Caller caller) => ChangeAsync(context, caller, _acts.Approve);

    /// <summary>Turns a request down.</summary>
    public Task RejectAsync(HttpContext context, Caller caller) => ChangeAsync(context, caller, _acts.Reject);

    /// <summary>Withdraws a request.</summary>
    public Task CancelAsync(HttpContext context, Caller caller) => ChangeAsync(context, caller, _acts.Cancel);

    /// <summary>Ends an active grant.</summary>
    public Task RevokeAsync(HttpContext context, Caller caller) => ChangeAsync(context, caller, _acts.Revoke);

    /// <summary>Notes that an owner has looked at a break-glass grant.</summary>
    public Task ReviewAsync(HttpContext context, Caller caller) => ChangeAsync(context, caller, _acts.Review);

    /// <summary>Asks for more time.</summary>
    public async Task ExtendAsync(HttpContext context, Caller caller) =>
        await AnswerAsync(context, await _acts.ExtendAsync(Id(context), await Answers.ReadAsync<ChangeBody>(context), caller, context.RequestAborted));

    /// <summary>Runs the statement of the caller's own grant.</summary>
    public async Task RunAsync(HttpContext context, Caller caller)
    {
        var body = await Answers.ReadAsync<RunBody>(context);
        if (_acts.Find(Id(context), caller) is not { } grant)
        {
            await Answers.RefuseAsync(context, GrantActs.Unknown(Id(context)));
            return;
        }

        var database = body.Database ?? (grant.Databases is [var only] ? only : null);
        if (GrantActs.FindRunObjection(grant, caller, database) is { } objection)
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

    private async Task ChangeAsync(HttpContext context, Caller caller, Func<long, ChangeBody, Caller, ActResult> change) =>
        await AnswerAsync(context, change(Id(context), await Answers.ReadAsync<ChangeBody>(context), caller));

    private Task AnswerAsync(HttpContext context, ActResult result) => result.Grant is { } grant
        ? Answers.WriteAsync(context, GrantViews.Fill(grant, Now, services.Audit.CountByGrant(grant.Id), [], result.Notes))
        : Answers.RefuseAsync(context, result.Problem!);
}
