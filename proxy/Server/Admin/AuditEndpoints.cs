using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using JitProxy.Policy.Approval;
using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Reading and checking the audit trail.</summary>
internal sealed class AuditEndpoints(AdminServices services)
{
    /// <summary>Records that the caller may see, as JSON Lines.</summary>
    public async Task ReadAsync(HttpContext context, Caller caller)
    {
        if (!TryReadFilter(context.Request.Query, out var filter, out var problem))
        {
            await Answers.RefuseAsync(context, problem!);
            return;
        }

        var isFollowing = context.Request.Query["follow"] == "true";
        var lines = Answers.StartLines(context);
        while (true)
        {
            // Asked before the query: what comes in the meantime is read now or next time, never skipped.
            var last = services.Audit.LastSeq;
            var configuration = services.Configuration();
            foreach (var record in services.Audit.Query(filter))
            {
                last = Math.Max(last, record.Seq);
                if (caller.Sees(record, configuration))
                    await lines.WriteAsync(AuditViews.Of(record));
            }

            await lines.FlushAsync();
            if (!isFollowing)
                return;

            await services.Audit.WaitForAsync(last + 1, context.RequestAborted);
            filter = filter with { AfterSeq = last };
        }
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
        return $"intact: {verdict.Records} records{lost}; the last hash is {verdict.LastHash}";
    }

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

    private static bool TryReadFilter(IQueryCollection query, out AuditFilter filter, out Problem? problem)
    {
        filter = new() { User = Text("user"), Database = Text("database") };
        problem = null;
        if (Text("grant") is { } grant)
        {
            if (long.TryParse(grant, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                filter = filter with { Grant = id };
            else
                problem = new($"\"{grant}\" is not the number of a grant", 400);
        }

        if (Text("decision") is { } decision)
        {
            var events = ImmutableArray.CreateBuilder<AuditEvent>();
            foreach (var word in decision.Split(',', StringSplitOptions.TrimEntries))
            {
                if (TryParseEvent(word, out var found))
                    events.Add(found);
                else
                    problem ??= UnknownEvent(word);
            }

            filter = filter with { Events = events.ToImmutable() };
        }

        filter = filter with { Since = Time("since", ref problem), Until = Time("until", ref problem) };
        return problem is null;

        string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

        DateTimeOffset? Time(string name, ref Problem? problem)
        {
            if (Text(name) is not { } text)
                return null;

            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                return time;

            problem ??= new($"\"{text}\" is not a time", 400, "Write 2026-05-01T08:00:00Z.");
            return null;
        }
    }

    // People say what was decided; the trail says what happened.
    private static bool TryParseEvent(string word, out AuditEvent found)
    {
        found = word switch
        {
            "allow" or "allowed" => AuditEvent.Authorized,
            "deny" or "refused" => AuditEvent.Denied,
            _ => default,
        };
        return found != default || AuditNames.TryParse(word, out found);
    }

    private static Problem UnknownEvent(string word)
    {
        var known = Enum.GetValues<AuditEvent>().Where(static e => e != default).Select(AuditNames.Of).ToArray();
        return new(
            $"\"{word}\" is not an event of the trail",
            400,
            NearestName.Find(word, known) is { } near ? $"Did you mean {near}?" : $"There are: {string.Join(", ", known)}.");
    }

    private sealed class Steps(ChannelWriter<AuditProgress> writer) : IProgress<AuditProgress>
    {
        public void Report(AuditProgress value) => writer.TryWrite(value);
    }
}
