using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Admin.OpenApi;
using JitProxy.Storage.Audit;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Reading and checking the audit trail.</summary>
internal sealed class AuditEndpoints(AdminServices services)
{
    private readonly AuditActs _acts = new(services);

    /// <summary>The parameters of counts.</summary>
    public static ImmutableArray<ApiParameter> CountParameters { get; } =
    [
        new("from", ApiValue.Time, "The first hour; a week ago when not said."),
        new("until", ApiValue.Time, "The moment behind the last hour; now when not said."),
        new("every", ApiValue.Text, "What is counted together; hour when not said.", "hour", "day"),
        new("user", ApiValue.Text, "Records of this person."),
        new("database", ApiValue.Text, "Records of this database, as server/database."),
    ];

    /// <summary>A page of the records that the caller may see.</summary>
    public Task PageAsync(HttpContext context, Caller caller)
    {
        var values = new QueryValues(context.Request.Query);
        var filter = AuditQuery.Read(values, isNewestFirst: true) with { Limit = GrantQuery.Limit(values) };
        if (values.Number("cursor", "a cursor") is { } cursor)
            filter = filter.Descending ? filter with { BeforeSeq = cursor } : filter with { AfterSeq = cursor };
        if (values.Finish() is { } fault)
            return Answers.RefuseAsync(context, fault);

        var page = _acts.Page(filter, caller);
        var reached = page.Reached?.ToString(CultureInfo.InvariantCulture);
        var next = reached is null ? null : QueryValues.Next(context.Request, reached);
        return Answers.WriteAsync(context, new RecordsPage([.. page.Records.Select(AuditViews.Of)], reached, next, page.IsCutShort));
    }

    /// <summary>One record.</summary>
    public Task ShowAsync(HttpContext context, Caller caller)
    {
        var seq = GrantEndpoints.Id(context);
        return _acts.Read(new() { Seq = seq }, caller).FirstOrDefault() is { } record
            ? Answers.WriteAsync(context, AuditViews.Of(record))
            : Answers.RefuseAsync(context, new($"there is no record {seq}", 404));
    }

    /// <summary>All records that the caller may see, as JSON Lines or CSV; oldest first, and on request with those to come.</summary>
    public async Task LinesAsync(HttpContext context, Caller caller)
    {
        var values = new QueryValues(context.Request.Query);
        var filter = AuditQuery.Read(values, isNewestFirst: false);
        var isFollowing = values.Flag("follow") == true;
        var format = values.Text("format") ?? "jsonl";
        if (format is not ("jsonl" or "csv"))
            values.Fail($"format: \"{format}\" is neither jsonl nor csv");
        if (isFollowing && (filter.Descending || filter.BeforeSeq is not null))
            values.Fail("who follows reads oldest first and without an end", "Leave order and before out.");
        if (values.Finish() is { } fault)
        {
            await Answers.RefuseAsync(context, fault);
            return;
        }

        var lines = Answers.StartLines(context);
        if (format == "csv")
        {
            context.Response.ContentType = AuditCsv.ContentType;
            lines.Append(AuditCsv.Heading + "\r\n");
        }

        while (true)
        {
            // Asked before the query: what comes in the meantime is read now or next time, never skipped.
            var last = Math.Max(services.Audit.LastSeq, filter.AfterSeq ?? 0);
            foreach (var record in _acts.Read(filter, caller))
            {
                last = Math.Max(last, record.Seq);
                await (format == "csv" ? lines.WriteTextAsync(AuditCsv.Row(AuditViews.Of(record))) : lines.WriteAsync(AuditViews.Of(record)));
            }

            await lines.FlushAsync();
            if (!isFollowing || !await services.Audit.WaitForAsync(last + 1, context.RequestAborted) || !IsStillThere(caller))
                return;

            filter = filter with { AfterSeq = last };
        }
    }

    /// <summary>Counts for plots.</summary>
    public Task CountAsync(HttpContext context, Caller caller)
    {
        var values = new QueryValues(context.Request.Query);
        var until = values.Time("until") ?? services.Clock.GetUtcNow();
        var from = values.Time("from") ?? until.AddDays(-7);
        var every = values.Text("every") ?? "hour";
        var scope = new AuditTallyScope(values.Text("user"), values.Text("database"));
        if (every is not ("hour" or "day"))
            values.Fail($"every: \"{every}\" is neither hour nor day");
        if (scope is { User: not null, Database: not null })
            values.Fail("counts are of a person or of a database", "Leave one of them out, or read records instead.");
        if (values.Finish() is { } fault)
            return Answers.RefuseAsync(context, fault);
        if (_acts.Tally(scope, from, until, caller) is not { } tallies)
        {
            const string Detail = "Everybody sees their own, owners those of their databases, holders of a workspace role all.";
            return Answers.RefuseAsync(context, new("these counts are not for you", 403, Detail, "Say user or database."));
        }

        return Answers.WriteAsync(context, AuditViews.Of(tallies, isDaily: every == "day"));
    }

    /// <summary>Checks the chain: lines that say how far it is, and a last one with the finding.</summary>
    public async Task VerifyAsync(HttpContext context, Caller caller)
    {
        if (!caller.SeesAll(services.Configuration()))
        {
            await Answers.RefuseAsync(context, new("checking the trail is for the administrator and for holders of a workspace role", 403));
            return;
        }

        var steps = Channel.CreateBounded<AuditProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var work = VerifyAsync(services.Audit, steps.Writer, context.RequestAborted);
        var lines = Answers.StartLines(context);
        await foreach (var step in steps.Reader.ReadAllAsync(context.RequestAborted))
        {
            await lines.WriteAsync(new VerifyLine(step.Seq, step.LastSeq, null, null));
            await lines.FlushAsync();
        }

        var verdict = await work;
        await lines.WriteAsync(new VerifyLine(verdict.Records, verdict.LastSeq, verdict.IsIntact, Words(verdict)));
        await lines.FlushAsync();
    }

    /// <summary>What a check found, for people.</summary>
    public static string Words(AuditVerdict verdict)
    {
        if (!verdict.IsIntact)
            return $"record {verdict.FirstBroken}: {verdict.Why}";

        var lost = verdict.Lost > 0 ? $", and {verdict.Lost} that the trail says it lost" : "";
        var from = verdict.Anchor is { } anchor ? $", from {anchor + 1} on, as the trail vouches for the removal of those before" : "";
        return $"intact: {verdict.Records} records{from}{lost}; the last hash is {verdict.LastHash}";
    }

    // Who follows for days must not outlive the token or the user.
    private bool IsStillThere(Caller caller) => caller.IsStillValid(services.Users);

    /// <summary>Checks the chain, and tells how far it is; the writer is completed with it.</summary>
    public static Task<AuditVerdict> VerifyAsync(AuditTrail audit, ChannelWriter<AuditProgress> steps, CancellationToken stop) => Task.Run(
        () =>
        {
            try
            {
                return audit.Verify(new Steps(steps));
            }
            finally
            {
                steps.Complete();
            }
        },
        stop);

    private sealed class Steps(ChannelWriter<AuditProgress> writer) : IProgress<AuditProgress>
    {
        public void Report(AuditProgress value) => writer.TryWrite(value);
    }
}
