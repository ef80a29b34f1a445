using System.Collections.Immutable;
using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Forward;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.MySql;
using JitProxy.Server.Tests.Sessions.Postgres;
using JitProxy.Storage.Audit;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>A real MySQL session with everything behind it, between a client and an upstream that a test plays.</summary>
internal sealed class MySqlSessionFixture : SessionWorld
{
    public const MySqlCapabilities Usual = MySqlCapabilities.Protocol41 | MySqlCapabilities.SecureConnection | MySqlCapabilities.PluginAuth
        | MySqlCapabilities.SessionTrack | MySqlCapabilities.DeprecateEof | MySqlCapabilities.LongPassword | MySqlCapabilities.MultiResults;

    private readonly CancellationTokenSource _stop = new();
    private readonly MySqlSession _session;
    private readonly Connection _proxyClient;
    private readonly Connection _upstream;
    private Task<SessionEnd>? _running;
    private Task _playing = Task.CompletedTask;

    public MySqlSessionFixture(string limits = "{}", MySqlCapabilities client = Usual, MySqlCapabilities upstream = Usual, bool isSliced = false, string audit = "{}",
        AuditOptions? trail = null)
        : base("mysql", "shop/app", CatalogueWith(), limits, audit, "", trail ?? new() { StallLimit = TimeSpan.FromMinutes(1) })
    {
        IsSliced = isSliced;
        Services = Services with { FindViewChange = (_, views, _) => FindViewChange(views) };
        var (near, proxyClient) = MemoryConnection.CreatePair();
        var (proxyUpstream, far) = MemoryConnection.CreatePair();
        (_proxyClient, _upstream) = (proxyClient, far);
        Client = new(near, client) { IsSliced = isSliced };
        var who = new SessionIdentity("alice", "10.0.0.1:5000", "shop", "app", SqlDialect.MySql);
        var dialed = new DialedMySql(proxyUpstream, new("9.7.4", 77, upstream, upstream, 255, MySqlServerStatus.Autocommit), CancelAsync);
        _session = new(Services, who, new(client, 2), proxyClient, dialed, Numbers, () => Users.Contains("alice"));
    }

    public MySqlSessionClient Client { get; }

    public Connection Upstream => _upstream;

    public ConnectionNumbers Numbers { get; } = new();

    /// <summary>Both ends send every byte on its own.</summary>
    public bool IsSliced { get; }

    /// <summary>How often the proxy asked the server to cancel.</summary>
    public int Cancels { get; private set; }

    /// <summary>What the server says of views.</summary>
    public Func<ImmutableArray<CatalogueRelation>, Task<string?>> FindViewChange { get; set; } = static _ => Task.FromResult<string?>(null);

    /// <summary>The usual tables, and these views.</summary>
    public static Catalogue CatalogueWith(params CatalogueRelation[] views) => new(
        SqlDialect.MySql,
        ["app"],
        [
            new()
            {
                Schema = "app",
                Name = "customers",
                Columns = [new(1, "id", "int", 0), new(2, "name", "varchar(100)", 0), new(3, "ssn", "varchar(100)", 0)],
            },
            new() { Schema = "app", Name = "orders", Columns = [new(1, "id", "int", 0), new(2, "note", "varchar(100)", 0)] },
            .. views,
        ],
        [],
        operators: [],
        new("9.7.4", false));

    /// <summary>A view of two columns of a table.</summary>
    public static CatalogueRelation View(string name, string first, string second, string table = "customers") => new()
    {
        Schema = "app",
        Name = name,
        Kind = RelationKind.View,
        Definition = $"select `app`.`{table}`.`{first}` AS `a`,`app`.`{table}`.`{second}` AS `b` from `app`.`{table}`",
        Columns = [new(1, "a", "varchar(100)", 0), new(2, "b", "varchar(100)", 0)],
    };

    /// <summary>Starts the session before a server that answers like this, and hears that it is open.</summary>
    public Task<MySqlSessionFixture> StartAsync(MySqlModel model) => StartAsync(model.Answer);

    /// <summary>Starts the session; a function of the test answers every command, or throws to close the connection.</summary>
    public async Task<MySqlSessionFixture> StartAsync(Func<byte[], byte[]> answer, bool hear = true)
    {
        await Catalogues.RefreshAsync(Database, CancellationToken.None);
        _playing = Task.Run(() => PlayAsync(answer));
        _running = Task.Run(RunAsync);
        if (hear && await Client.HearAsync() is var opened and not "OK")
            throw new IOException($"the session was not opened: {opened}");

        return this;
    }

    /// <summary>Time passes, and the proxy reads the catalogue again.</summary>
    public async Task RefreshAsync()
    {
        Clock.Now += TimeSpan.FromSeconds(2);
        await Catalogues.RefreshAsync(Database, CancellationToken.None);
    }

    public Task<SessionEnd> EndAsync() => _running!.WaitAsync(Frames.Soon);

    public void Stop() => _stop.Cancel();

    /// <summary>As KILL over another connection does it.</summary>
    public void EndByClient() => _session.EndByClient();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        Client.Connection.Abort();
        _upstream.Abort();
        await _stop.CancelAsync();
        if (_running is not null)
            await EndAsync();

        await _playing.WaitAsync(Frames.Soon);
        _session.Dispose();
        await CloseAsync();
        _stop.Dispose();
    }

    private async Task PlayAsync(Func<byte[], byte[]> answer)
    {
        try
        {
            while (await MySqlPackets.ReadAsync(_upstream) is { } command)
            {
                if (command.Sequence != 0)
                    throw new IOException("the proxy's command has another number than 0");

                if (answer(command.Payload) is { Length: > 0 } bytes && MySqlPackets.Renumber(bytes, (byte)(command.Next - 1)))
                    await MySqlPackets.SendAsync(_upstream.Output, bytes, IsSliced);
            }
        }
        catch (IOException)
        {
            _upstream.Abort();
        }
    }

    /// <summary>As the door does it: the connection is closed behind the session.</summary>
    private async Task<SessionEnd> RunAsync()
    {
        await using (_proxyClient)
            return await _session.RunAsync(_stop.Token);
    }

    private Task CancelAsync(TimeSpan timeout)
    {
        Cancels++;
        return Task.CompletedTask;
    }
}
