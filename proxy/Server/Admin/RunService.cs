using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Capture;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Admin;

/// <summary>Runs an approved statement for the command line: through a session like any other, over a connection inside the process.</summary>
/// <remarks>So it is decided, recorded, masked and limited by the very code that serves clients.</remarks>
internal sealed class RunService(SessionServices sessions, CatalogueCache catalogues, UpstreamDialer dialer) : IRun
{
    private const int FrameSizeMax = 64 * 1024 * 1024;
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal) { ["application_name"] = "jitproxy run" };

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunLine> RunAsync(Grant grant, string database, string client, [EnumeratorCancellation] CancellationToken stop)
    {
        var slash = database.IndexOf('/', StringComparison.Ordinal);
        var who = new SessionIdentity(grant.User, client, database[..slash], database[(slash + 1)..], SqlDialect.PostgreSql);
        if (sessions.Policies.Current.Configuration.Servers.TryGetValue(who.Server, out var server) && server.Engine != SqlDialect.PostgreSql)
        {
            const string Next = "Run it with any MySQL client that is connected to the proxy; it runs under this grant.";
            yield return new() { End = new(0, $"jitproxy run reads results of PostgreSQL servers only, and {who.Server} is none", null, Next) };
            yield break;
        }

        var (upstream, path, fault) = await DialAsync(who, stop);
        if (upstream is null)
        {
            var refusal = fault!.ToRefusal(who.Server, who.Database);
            yield return new() { End = new(0, refusal.Message, refusal.Detail, refusal.Hint) };
            yield break;
        }

        await using var connection = upstream.Connection;
        var (near, far) = MemoryConnection.CreatePair();
        using var session = new PostgresSession(sessions, who with { SearchPath = path }, far, connection, upstream.Cancel.SendAsync, static () => true);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = RunToEndAsync(session, far, over.Token);
        try
        {
            PgQuery.Write(near.Output, Encoding.ASCII.GetBytes($"SET jit.grant = {grant.Id}"));
            PgQuery.Write(near.Output, Encoding.UTF8.GetBytes(grant.Statement!));
            await near.Output.FlushAsync(stop);
            await foreach (var line in ReadAsync(near.Input, new(() => session.LastPlan), stop))
                yield return line;
        }
        finally
        {
            await over.CancelAsync();
            near.Abort();
            await running;
        }
    }

    /// <summary>A session that said farewell leaves its connection open; here nobody else closes it.</summary>
    private static async Task RunToEndAsync(PostgresSession session, Connection client, CancellationToken stop)
    {
        await using (client)
            await session.RunAsync(stop);
    }

    private async ValueTask<(DialedUpstream? Upstream, string? SearchPath, UpstreamFault? Fault)> DialAsync(SessionIdentity who, CancellationToken stop)
    {
        try
        {
            var catalogue = await catalogues.GetAsync(who.QualifiedDatabase, stop);
            if (catalogue.Dialect != SqlDialect.PostgreSql)
                return (null, null, new($"{who.QualifiedDatabase} is no PostgreSQL database, and this command runs statements on those alone: use a client"));

            var (upstream, fault) = await dialer.DialAsync(who.Server, who.Database, catalogue, Settings, null, stop);
            return (upstream, catalogue.EffectiveSchema, fault);
        }
        catch (CatalogueFaultException e)
        {
            return (null, null, e.Fault);
        }
    }

    private static async IAsyncEnumerable<RunLine> ReadAsync(PipeReader input, RunAnswer answer, [EnumeratorCancellation] CancellationToken stop)
    {
        while (!answer.IsOver)
        {
            var read = await input.ReadAsync(stop);
            var unread = read.Buffer;
            while (!answer.IsOver && PgFrame.TryRead(ref unread, FrameSizeMax, out var frame) == OperationStatus.Done)
            {
                if (answer.Take((PgServerTag)frame.Tag, frame.Body.ToArray()) is { } line)
                    yield return line;
            }

            input.AdvanceTo(unread.Start, unread.End);
            if (read.IsCompleted && !answer.IsOver)
            {
                yield return answer.Lost();
                yield break;
            }
        }
    }
}
