using System.Buffers;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Configuration;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Storage;
using JitProxy.Storage.Audit;
using JitProxy.Wire.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace JitProxy.Bench;

/// <summary>A session with everything behind it, in a folder of its own, between a client and an upstream in this process.</summary>
internal sealed class SessionRig : IAsyncDisposable
{
    private const string Yaml = """
        storage: sqlite:jitproxy.db
        servers:
          bench:
            engine: postgresql
            environment: bench
            listen: 127.0.0.1:6432
            upstream: { host: 127.0.0.1, user: nobody }
        projects:
          bench:
            databases: [bench/bench]
            owners: [owner]
            just_in_time_access: true
        approval: { fallback: [project-owner] }
        masking:
          semantic_types:
            email: { algorithm: full }
          columns:
            bench/bench.public.wide.email: email
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("jitproxy-bench-").FullName;
    private readonly CancellationTokenSource _over = new();
    private readonly Store _store;
    private readonly AuditTrail _trail;
    private readonly ExecutionWatch _watch = new(TimeProvider.System);
    private readonly MemoryConnection _client;
    private readonly PostgresSession _session;
    private readonly Task _running;

    private SessionRig(string statement)
    {
        var clock = TimeProvider.System;
        var path = Path.Combine(_folder, "jitproxy.db");
        var configuration = Load();
        _store = Store.Open(path, clock);
        _store.Grants.Add(Corpus.Grant(1, Corpus.User, statement));
        _trail = AuditTrail.Open(path, new(), clock);
        var policies = new PolicySnapshots(new(configuration, configuration.Masking));
        var catalogues = new CatalogueCache(static (_, _) => Task.FromResult(Corpus.Catalogue), clock);
        Catalogues = catalogues;
        var redactor = new Redactor(policies, catalogues, _store.InstallationSecret);
        var users = new UserDirectory(_store, ChangeRecords.ForUsers(_trail), clock);
        var desk = new GrantDesk(
            _store,
            users,
            new(
                () => configuration,
                async (database, stop) => await catalogues.GetAsync(database, stop),
                StatementAnalyzer.Analyze,
                ChangeRecords.ForGrants(_trail, redactor),
                clock));
        var services = new SessionServices(
            new(desk, desk.TrySpend, catalogues, policies, clock),
            new(_trail, redactor),
            policies,
            catalogues,
            _watch,
            new(NullLogger<SessionLog>.Instance));

        (_client, var client) = MemoryConnection.CreatePair();
        var (upstream, server) = MemoryConnection.CreatePair();
        var who = new SessionIdentity(Corpus.User, "127.0.0.1:50000", "bench", "bench", SqlDialect.PostgreSql);
        _session = new(services, who, client, upstream, static _ => Task.CompletedTask, static () => true);
        _running = Task.WhenAll(_session.RunAsync(_over.Token), CannedUpstream.ServeAsync(server));
    }

    private CatalogueCache Catalogues { get; }

    /// <summary>A session whose user has a grant for this statement.</summary>
    public static async Task<SessionRig> OpenAsync(string statement)
    {
        var rig = new SessionRig(statement);
        await rig.Catalogues.GetAsync(Corpus.Database, CancellationToken.None);
        return rig;
    }

    /// <summary>Sends queries in one piece and reads until each is answered.</summary>
    /// <exception cref="InvalidOperationException">One was refused.</exception>
    public async Task AskAsync(ReadOnlyMemory<byte> queries, int count)
    {
        await _client.Output.WriteAsync(queries);
        while (count > 0)
        {
            var read = await _client.Input.ReadAsync();
            var unread = read.Buffer;
            while (PgFrame.TryRead(ref unread, 1 << 20, out var frame) == OperationStatus.Done)
            {
                if (frame.Tag == (byte)PgServerTag.ErrorResponse)
                    throw new InvalidOperationException(System.Text.Encoding.UTF8.GetString(frame.Body.ToArray()));

                if (frame.Tag == (byte)PgServerTag.ReadyForQuery)
                    count--;
            }

            _client.Input.AdvanceTo(unread.Start, unread.End);
            if (read.IsCompleted && count > 0)
                throw new InvalidOperationException("the session ended");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running;
        _session.Dispose();
        _over.Dispose();
        _watch.Dispose();
        await _trail.DisposeAsync();
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private ProxyConfiguration Load()
    {
        var path = Path.Combine(_folder, "jitproxy.yaml");
        File.WriteAllText(path, Yaml);
        return ConfigurationLoader.TryLoad(path, out var configuration, out var faults)
            ? configuration
            : throw new InvalidOperationException(string.Join("; ", faults));
    }
}
