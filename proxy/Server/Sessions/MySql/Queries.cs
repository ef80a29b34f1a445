using System.Runtime.CompilerServices;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>COM_QUERY: decides the text, and sends the approved one in its place. The server takes one statement at a time, so it refuses a second.</summary>
internal sealed class Queries(
    Link link, Reply reply, Upstream upstream, SessionJudge judge, ExecutionStarter starter, LocalAnswers local, Settings settings, WarningMemory warnings,
    SharedPath shared, WriteMode writes)
{
    private readonly RecentStatements<MySqlStatement> _recent = new();

    /// <summary>Runs a command.</summary>
    public ValueTask<Handled> RunAsync(ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        if (!MySqlQuery.TryParse(payload.Span, link.ClientCan, out var query))
            return new(reply.Refuse("08P01", "malformed COM_QUERY"));

        // What was decided in one database says nothing about the same text in another.
        if (_recent.TryGet(query.Text, out var known) && ReferenceEquals(known.Who, judge.Who) && judge.IsStillGood(known))
            return StartAsync(new(known), payload, stop);

        var ruling = judge.Decide(query.Text);
        switch (ruling.Kind)
        {
            case RulingKind.Refused:
                return new(reply.Refuse(ruling.Refusal!));
            case RulingKind.Local:
                return local.AnswerAsync(ruling, isBinary: false, stop);
            case RulingKind.Housekeeping when ruling.Verdict.Action == HousekeepingAction.Empty:
                return new(IsBlank(query.Text) ? reply.Error(1065, "42000", "Query was empty") : reply.Ok());
            case RulingKind.Housekeeping when ruling.Verdict.Action == HousekeepingAction.ShowWarnings && warnings.IsAnsweredHere:
                return new(local.ShowWithheldWarnings(isBinary: false));
            case RulingKind.Granted:
            case RulingKind.Housekeeping:
                break;
        }

        var statement = new MySqlStatement(judge.Who, query.Text.ToArray(), ruling) { AskedGrant = judge.AskedGrant };
        if (ruling.Kind == RulingKind.Granted)
            _recent.Add(query.Text, statement);

        return StartAsync(new(statement), payload, stop);
    }

    // To servers a comment is a statement that does nothing, and nothing is none.
    private static bool IsBlank(ReadOnlySpan<byte> text) => text.TrimStart(" \t\r\n;"u8).IsEmpty;

    private ValueTask<Handled> StartAsync(MySqlRun run, ReadOnlyMemory<byte> payload, CancellationToken stop) =>
        writes.IsPlain(run.Ruling) ? BeginAsync(run, payload, stop) : EnterAndBeginAsync(run, payload, stop);

    private async ValueTask<Handled> EnterAndBeginAsync(MySqlRun run, ReadOnlyMemory<byte> payload, CancellationToken stop) =>
        await writes.EnterAsync(run.Ruling) is { } forbidden ? reply.Refuse(forbidden) : await BeginAsync(run, payload, stop);

    private ValueTask<Handled> BeginAsync(MySqlRun run, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        if (shared.FindObjection(run.Ruling.Text) is { } objection)
            return new(reply.Refuse(objection));

        var starting = starter.StartAsync(run);
        return starting.IsCompletedSuccessfully ? SendAsync(run, starting.Result, payload, stop) : WaitAndSendAsync(run, starting, payload, stop);
    }

    private async ValueTask<Handled> WaitAndSendAsync(MySqlRun run, ValueTask<Refusal?> starting, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        var refusal = await starting;
        await link.Client.EnterLoopAsync();
        return await SendAsync(run, refusal, payload, stop);
    }

    private ValueTask<Handled> SendAsync(MySqlRun run, Refusal? refusal, ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        if (refusal is not null)
            return new(reply.Refuse(refusal));

        if (shared.TrySubmit(run))
            return FinishSharedAsync(payload, stop);

        warnings.Begin(run, judge.FindReminder(run.Ruling));
        return Settings.MayChangeTracking(run)
            ? settings.RunAsync(run, AnswerKind.Plain, upstream.WriteQuery(run.Ruling.Text))
            : new(upstream.ForwardQuery(run.Ruling.Text, run));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Handled> FinishSharedAsync(ReadOnlyMemory<byte> payload, CancellationToken stop) =>
        await shared.FinishAsync(stop) ? Handled.Answered : await RunAsync(payload, stop);
}
