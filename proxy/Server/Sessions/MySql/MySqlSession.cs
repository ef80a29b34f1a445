using JitProxy.Server.Accept;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Mask;
using JitProxy.Server.Share;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>One MySQL session from the OK that ends the login to its end: strings the two directions together.</summary>
internal sealed class MySqlSession : DatabaseSession
{
    private readonly Link _link;
    private readonly Reply _reply;
    private readonly Opening _opening;
    private readonly ClientSide _clientSide;
    private readonly UpstreamSide _upstreamSide;
    private readonly ErrorRelay _errors;
    private readonly RowPlanner _planner;
    private readonly SharedPath _shared;
    private readonly SessionJudge _judge;
    private readonly bool _keepsUpstream;

    /// <summary>A session between two connections that are both logged in; its client waits for the last packet of the login.</summary>
    /// <param name="services">What all sessions share.</param>
    /// <param name="who">Whose it is.</param>
    /// <param name="login">What the client's login agreed on.</param>
    /// <param name="client">The client's connection.</param>
    /// <param name="upstream">The server's connection.</param>
    /// <param name="numbers">The sessions that KILL can name.</param>
    /// <param name="isWelcome">Asked now and then: false ends the session.</param>
    /// <param name="keepsUpstream">True if the server's connection is to be given back when the session ends.</param>
    /// <param name="findLane">Finds the connections that it shares with others of the same settings.</param>
    public MySqlSession(
        SessionServices services, SessionIdentity who, MySqlClient login, Connection client, DialedMySql upstream, ConnectionNumbers numbers,
        Func<bool> isWelcome, bool keepsUpstream = false, Func<AppliedSettings, Lane<MySqlLaneConnection>?>? findLane = null)
        : base(services, who, client, upstream.Connection, upstream.CancelAsync, isWelcome)
    {
        _keepsUpstream = keepsUpstream;
        _link = new(client, upstream.Connection, login.Capabilities, upstream.Session.Capabilities, Canceller, Running);
        _reply = new(_link);
        var judge = _judge = new(services.Gate, services.Recorder, who);
        var starter = new ExecutionStarter(services.Gate, services.Recorder, Running);
        var warnings = new WarningMemory();
        var server = new Upstream(_link);
        var use = who.NeedsExport ? UpstreamUse.Export : UpstreamUse.Session;
        var settings = new Settings(_link, server, _reply, services.Policies, upstream.Session.IsMariaDb, use);
        var databases = new Databases(server, _reply, judge, services.Policies, services.Catalogues, Move);
        var local = new LocalAnswers(_reply, new(_link, _reply), judge, databases, numbers, warnings);
        _planner = new(services.Gate, services.Recorder, MySqlRowShape.Read);
        var rows = new RowRelay(_link, _reply, new(_link, _reply), _planner);
        _errors = new(_link, _reply, warnings);
        _shared = new(_link, _reply, findLane ?? (static _ => null), judge, _planner);
        var watch = new StateWatch(judge);
        var writes = new WriteMode(_link, server, judge, watch);
        var prepared = new PreparedStatements(_link, _reply, server, judge, starter, local, settings, warnings, new(Parameters), rows, _shared, writes);
        var commands = new Commands(
            _reply,
            server,
            new(_link, _reply, server, judge, starter, local, settings, warnings, _shared, writes),
            prepared,
            local,
            databases,
            new(_link, _reply, judge, services.Catalogues),
            new(_link, server, _reply, judge, prepared, settings, warnings, writes),
            writes,
            keepsUpstream);
        _opening = new(_link, _reply, settings, who.Database, login.Sequence);
        _clientSide = new(_link, _reply, commands, _opening, services.Policies.Current.Limits.FrameSize);
        _upstreamSide = new(_link, new(_link, _reply, rows, _errors, watch, warnings), rows, _errors, new(services, warnings));
    }

    /// <inheritdoc/>
    public override BoundStatement? LastPlanned => _planner.LastPlanned;

    /// <summary>What the client was refused last; null if nothing was.</summary>
    public Refusal? LastRefusal => _reply.LastRefusal;

    /// <summary>Why the session could not be opened, for the operator's log; null if it was.</summary>
    public string? OpeningFault => _opening.Fault;

    /// <inheritdoc/>
    public override bool SaidFarewell => _reply.SaidLast || _errors.SaidFarewell;

    /// <inheritdoc/>
    protected override bool KeepsUpstream => _keepsUpstream;

    /// <inheritdoc/>
    protected override bool IsUpstreamClean => _opening is { IsDone: true, Fault: null } && !_link.Exchange.IsOpen
        && _link.Status == MySqlServerStatus.Autocommit && !_judge.LeavesTraces && _judge.Who.Database == _opening.Database
        && _link.UpstreamOutput.UnflushedBytes == 0;

    /// <inheritdoc/>
    protected override bool IsAnswerOwed => _link.Exchange.IsOpen;

    /// <inheritdoc/>
    protected override bool IsMidMessage => _link.IsMidMessage;

    /// <inheritdoc/>
    protected override async Task<SessionEnd> RunClientSideAsync(CancellationToken stop)
    {
        try
        {
            return await _clientSide.RunAsync(stop);
        }
        finally
        {
            _clientSide.Release();
        }
    }

    /// <inheritdoc/>
    protected override Task<SessionEnd> RunUpstreamSideAsync(CancellationToken stop) => _upstreamSide.RunAsync(stop);

    /// <inheritdoc/>
    protected override bool IsWorthSaying(SessionEnd end) => !SaidFarewell;

    /// <inheritdoc/>
    protected override async ValueTask SayLastAsync(Refusal why, CancellationToken stop)
    {
        _reply.Refuse(why);
        _reply.SaidLast = true;
        await _link.ClientOutput.FlushAsync(stop);
    }

    /// <inheritdoc/>
    protected override void OnStopping()
    {
        _shared.Abandon();
        _link.Exchange.Abandon();
    }

    /// <inheritdoc/>
    protected override void Abandon(string reason) => _link.Exchange.Abandon();
}

/// <summary>What a client's login agreed on.</summary>
/// <param name="Capabilities">What both ends can do.</param>
/// <param name="Sequence">The number of the packet that is owed.</param>
internal readonly record struct MySqlClient(Wire.MySql.MySqlCapabilities Capabilities, byte Sequence);

/// <summary>A connection to a MySQL or MariaDB server that is signed in and waits for its first command.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Session">What its login agreed on.</param>
/// <param name="CancelAsync">Cancels what it runs, within a time.</param>
internal sealed record DialedMySql(Connection Connection, MySqlUpstreamSession Session, Func<TimeSpan, Task> CancelAsync);
