using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.Postgres;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>A real session with everything behind it, between a client and an upstream that a test plays.</summary>
internal sealed class SessionFixture : SessionWorld
{
    public const uint Customers = 20001;
    private const uint Text = 25;
    private const uint Int4 = 23;

    private readonly CancellationTokenSource _stop = new();
    private readonly PostgresSession _session;
    private readonly Connection _proxyClient;
    private Task<SessionEnd>? _running;

    public SessionFixture(string limits = "{}", string audit = "{}", string masking = "", long? startGrant = null, AuditOptions? trail = null)
        : base("postgresql", "shop/app.public", CatalogueWith(), limits, audit, masking, trail)
    {
        var (near, proxyClient) = MemoryConnection.CreatePair();
        _proxyClient = proxyClient;
        var (proxyUpstream, far) = MemoryConnection.CreatePair();
        Client = new(near);
        Upstream = new(far);
        var who = new SessionIdentity("alice", "10.0.0.1:5000", "shop", "app", SqlDialect.PostgreSql) { StartGrant = startGrant };
        _session = new(Services, who, _proxyClient, proxyUpstream, CancelAsync, () => Users.Contains("alice"));
    }

    public SessionClient Client { get; }

    public SessionUpstream Upstream { get; }

    /// <summary>How often the proxy asked the server to cancel.</summary>
    public int Cancels { get; private set; }

    /// <summary>What happens when the proxy asks the server to cancel.</summary>
    public Func<Task> OnCancel { get; set; } = () => Task.CompletedTask;

    /// <summary>The usual tables, and these functions.</summary>
    public static Catalogue CatalogueWith(params CatalogueFunction[] functions) => new(
        SqlDialect.PostgreSql,
        ["public"],
        [
            new()
            {
                Oid = Customers,
                Schema = "public",
                Name = "customers",
                Columns = [new(1, "id", "integer", Int4), new(2, "name", "text", Text), new(3, "ssn", "text", Text)],
            },
            new() { Oid = Customers + 1, Schema = "public", Name = "orders", Columns = [new(1, "id", "integer", Int4), new(2, "note", "text", Text)] },
        ],
        functions);

    /// <summary>Starts the session; with a model, an upstream that behaves as the server does.</summary>
    public async Task<SessionFixture> StartAsync(ServerModel? model = null)
    {
        await Catalogues.RefreshAsync(Database, CancellationToken.None);
        _running = Task.Run(RunAsync);
        if (model is not null)
            Upstream.Play(model);

        return this;
    }

    public Task<SessionEnd> EndAsync() => _running!.WaitAsync(Frames.Soon);

    /// <summary>Another session of alice's beside the first, under the same grants and with the same trail.</summary>
    public ExtraSession Open() => new(Services, () => Users.Contains("alice"));

    public void Stop() => _stop.Cancel();

    public void CancelByClient() => _session.CancelByClient();

    public override async ValueTask DisposeAsync()
    {
        Client.Connection.Abort();
        Upstream.Connection.Abort();
        await _stop.CancelAsync();
        if (_running is not null)
            await EndAsync();

        await Upstream.StoppedAsync();
        _session.Dispose();
        await CloseAsync();
        _stop.Dispose();
    }

    /// <summary>As the door does it: the connection is closed behind the session.</summary>
    private async Task<SessionEnd> RunAsync()
    {
        await using (_proxyClient)
            return await _session.RunAsync(_stop.Token);
    }

    private async Task CancelAsync(TimeSpan timeout)
    {
        Cancels++;
        await OnCancel();
    }
}
