using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Mask;
using JitProxy.Server.Share;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>One PostgreSQL session from the first ReadyForQuery to its end: strings the two directions together.</summary>
internal sealed class PostgresSession : DatabaseSession
{
    private readonly SessionLink _link;
    private readonly Refuser _refuser;
    private readonly SharedPath _shared;
    private readonly ClientSide _clientSide;
    private readonly UpstreamSide _upstreamSide;
    private readonly RowPlanner _planner;
    private readonly ErrorRelay _errors;
    private readonly SessionJudge _judge;
    private readonly bool _keepsUpstream;

    /// <summary>A session between two connections that are both logged in.</summary>
    public PostgresSession(
        SessionServices services, SessionIdentity who, Connection client, Connection upstream, Func<TimeSpan, Task> cancel, Func<bool> isWelcome,
        Lane<PostgresLaneConnection>? lane = null, bool keepsUpstream = false, (SessionJudge Judge, SessionObjects Objects)? kept = null)
        : base(services, who, client, upstream, cancel, isWelcome)
    {
        _keepsUpstream = keepsUpstream;
        _link = new(client, upstream, Running);
        _refuser = new(_link);
        var (judge, objects) = kept ?? (new(services.Gate, services.Recorder, who), new());
        _judge = judge;
        var memory = new StatementMemory(judge);
        var own = new OwnStatements(_link, _refuser, services.Policies.Current.Limits);
        var preparer = new StatementPreparer(_link, _refuser, own);
        var starter = new ExecutionStarter(services.Gate, services.Recorder, Running);
        var local = new LocalAnswers(_refuser, preparer, objects, judge);
        var cutOff = new CutOff(_link, Canceller);
        _errors = new(_link, cutOff, services.Gate, who);
        var parameters = new BoundParameters(Parameters);
        _planner = new(services.Gate, services.Recorder, RowShape.Read);
        _shared = new(_link, lane, _refuser, starter, memory, judge, objects, parameters, _planner);
        var writes = new WriteMode(_link, _refuser, judge, own);
        _clientSide = new(
            _link,
            new(_link, _refuser, preparer, starter, local, judge, memory, writes),
            new(_link, _refuser, preparer, starter, local, judge, memory, objects, parameters, writes),
            _refuser,
            _shared,
            objects,
            services.Policies.Current.Configuration.Limits.FrameSize,
            keepsUpstream);
        _upstreamSide = new(_link, new(_link, cutOff, _planner, who), _errors, cutOff);
        if (upstream is OnDemandConnection onDemand)
        {
            onDemand.OnLeft = () =>
            {
                preparer.Forget();
                objects.ForgetUpstream();
            };
        }
    }

    /// <inheritdoc/>
    public override BoundStatement? LastPlanned => _planner.LastPlanned;

    /// <inheritdoc/>
    public override bool SaidFarewell => _refuser.SaidFatal || _errors.SaidFarewell;

    /// <inheritdoc/>
    protected override bool KeepsUpstream => _keepsUpstream;

    /// <inheritdoc/>
    protected override bool IsUpstreamClean => _link is { IsMuted: false, Conversation: { Owed: 0, IsSkipping: false, TransactionStatus: (byte)'I' } }
        && !_refuser.IsBatchOpen && !_judge.LeavesTraces && _link.UpstreamOutput.UnflushedBytes == 0;

    /// <inheritdoc/>
    protected override bool IsBoundToUpstream => _judge.IsBoundToConnection;

    /// <inheritdoc/>
    public override long UpstreamUses => _refuser.Forwarded;

    /// <inheritdoc/>
    public override long ClientUses => _clientSide.Reads;

    /// <inheritdoc/>
    public override bool MayRest => MayLeaveUpstream && !_refuser.IsSkipping && _link.Upstream is OnDemandConnection { Current: null };

    /// <inheritdoc/>
    public override void RestSoon() => _clientSide.RestSoon(() => MayRest);

    /// <inheritdoc/>
    protected override bool IsAnswerOwed => _link.Conversation.Owed != 0;

    /// <inheritdoc/>
    protected override bool IsMidMessage => _link.IsMidMessage;

    /// <inheritdoc/>
    protected override Task<SessionEnd> RunClientSideAsync(CancellationToken stop) => _clientSide.RunAsync(stop);

    /// <inheritdoc/>
    protected override Task<SessionEnd> RunUpstreamSideAsync(CancellationToken stop) => _upstreamSide.RunAsync(stop);

    /// <inheritdoc/>
    protected override bool IsWorthSaying(SessionEnd end) => end != SessionEnd.UpstreamLost || !_errors.SaidFarewell;

    /// <inheritdoc/>
    protected override ValueTask SayLastAsync(Refusal why, CancellationToken stop) => _refuser.FatalAsync(why.SqlState, why.Message, stop);

    /// <inheritdoc/>
    protected override void Abandon(string reason) => _link.Conversation.Abandon(reason);

    /// <inheritdoc/>
    protected override void OnStopping() => _shared.Abandon();
}
