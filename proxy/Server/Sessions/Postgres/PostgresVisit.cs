using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Share;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>A client of a PostgreSQL server, all that is kept of it while it rests: an idle client costs this, its connection, and what waits on it.</summary>
internal sealed class PostgresVisit : Visit, IUpstreamSource<DialedUpstream>
{
    private readonly PostgresDoor _door;
    private readonly SessionJudge _judge;
    private readonly SessionObjects _objects = new();
    private readonly Lane<PostgresLaneConnection>? _lane;
    private readonly PooledConnection<DialedUpstream> _pooled;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly long? _tokenId;
    private readonly DateTimeOffset? _expiresAt;
    private readonly bool _isOnDemand;
    private PolicySnapshot _snapshot;
    private Catalogue _catalogue;
    private IReadOnlyDictionary<string, string>? _told;
    private CancelKey? _cancel;

    /// <summary>A visit that begins.</summary>
    /// <param name="door">Where the client came in.</param>
    /// <param name="client">The client's connection.</param>
    /// <param name="who">Whose it is.</param>
    /// <param name="login">What the login agreed on.</param>
    /// <param name="catalogue">The names of the database.</param>
    /// <param name="snapshot">The configuration in force.</param>
    public PostgresVisit(
        PostgresDoor door, Connection client, SessionIdentity who, LoginAccepted login, Catalogue catalogue, PolicySnapshot snapshot)
        : base(client, door.Services)
    {
        (_door, Who, _catalogue, _snapshot, _settings) = (door, who, catalogue, snapshot, login.Settings);
        (_tokenId, _expiresAt) = (login.Credential.TokenId, login.Credential.ExpiresAt);
        Key = door.KeyOf(client, who.Database, catalogue, snapshot, login.Settings);
        _isOnDemand = client.Loop is not null && Key.Target.Sharing != Configuration.UpstreamSharing.Session;
        _pooled = door.ConnectionOf(client, this);
        _judge = new(door.Services.Gate, door.Services.Recorder, who);
        _lane = door.FindLane(client, who.Database, catalogue, login.Settings);
    }

    /// <inheritdoc/>
    public override SessionIdentity Who { get; }

    /// <inheritdoc/>
    public override Connection Upstream => _isOnDemand ? _pooled : _pooled.Current!;

    /// <inheritdoc/>
    public override bool IsWelcome => _door.IsWelcome(Who.User, _tokenId, _expiresAt);

    /// <inheritdoc/>
    public PoolKey Key { get; }

    /// <summary>Finds out what the server is like, and asks it only if that was not done lately.</summary>
    /// <param name="stop">The proxy is stopping.</param>
    /// <returns>The fault that there is no server; null if there is.</returns>
    public async Task<UpstreamFault?> BeginAsync(CancellationToken stop)
    {
        _told = _isOnDemand ? _door.Known.Find(Key) : null;
        if (_told is not null)
            return null;

        var fault = await _pooled.BeginAsync(stop);
        if (fault is null)
            _door.Known.Add(Key, _told = _pooled.Upstream!.Session.ParameterStatuses);

        return fault;
    }

    /// <summary>Tells the client what the server is like and how to cancel, and that it may begin.</summary>
    /// <param name="cancel">What it may cancel with.</param>
    public void Greet(CancelKey cancel)
    {
        _cancel = cancel;
        ReportedSettings.Greet(Client.Output, _told!, Who.User, cancel);
    }

    /// <inheritdoc/>
    public override void End()
    {
        if (_cancel is not null)
            _door.Cancels.Remove(_cancel);

        _pooled.Leave(LeavesUpstreamClean);
    }

    /// <inheritdoc/>
    public Task<(DialedUpstream? Upstream, UpstreamFault? Fault)> DialAsync(CancellationToken stop) =>
        _door.DialAsync(Who.Database, _catalogue, _settings, Client, stop);

    /// <inheritdoc/>
    public async ValueTask<bool> IsUnchangedAsync(CancellationToken stop)
    {
        var (catalogue, snapshot) = await _door.LookAsync(Who, stop);
        if (ReferenceEquals(catalogue, _catalogue) && ReferenceEquals(snapshot, _snapshot))
            return true;

        if (_door.KeyOf(Client, Who.Database, catalogue, snapshot, _settings) != Key)
            return false;

        (_catalogue, _snapshot) = (catalogue, snapshot);
        return true;
    }

    /// <inheritdoc/>
    public bool IsAsTold(DialedUpstream upstream) => _told is null || ReportedSettings.AreSame(_told, upstream.Session.ParameterStatuses);

    /// <inheritdoc/>
    public void OnLost(string why) => _door.Lost(Key, Who, why);

    /// <inheritdoc/>
    protected override DatabaseSession Open() =>
        new PostgresSession(_door.Services, Who, Client, Upstream, CancelAsync, () => IsWelcome, _lane, keepsUpstream: true, (_judge, _objects));

    private Task CancelAsync(TimeSpan timeout) => _pooled.Upstream?.Cancel.SendAsync(timeout) ?? Task.CompletedTask;
}
