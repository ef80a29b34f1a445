using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Sees to it that a statement is prepared upstream before it is bound: the approved text, under a name that only we use.</summary>
internal sealed class StatementPreparer(SessionLink link, Refuser refuser, OwnStatements own)
{
    private readonly UpstreamStatements _granted = new();

    /// <summary>Prepares the statement if it is not, and owes the client a ParseComplete if it asked for one.</summary>
    /// <param name="statement">The statement; its <see cref="ClientStatement.Upstream"/> is set.</param>
    /// <param name="isNamed">True if the client will come back to it by name.</param>
    /// <param name="relay">True if the client sent a Parse and waits for its ParseComplete.</param>
    public void Prepare(ClientStatement statement, bool isNamed, bool relay)
    {
        if (!relay)
            own.LengthenFor(statement.Ruling);

        if (statement.Upstream is { } upstream && IsUsable(upstream, relay ? null : statement) && (!relay || statement.Ruling.Kind == RulingKind.Granted))
        {
            if (relay)
                refuser.LocalParse(statement);

            return;
        }

        if (statement.Ruling.Kind == RulingKind.Granted)
            PrepareGranted(statement, relay);
        else
            PrepareHousekeeping(statement, isNamed, relay);
    }

    /// <summary>The client had all prepared statements of its session discarded.</summary>
    public void Forget() => _granted.Clear();

    /// <summary>Binds a portal upstream. A copy has a format of its own, and no parameters: the server tells if some are missing.</summary>
    public void WriteBind(Portal portal, in PgBind bind)
    {
        var statement = portal.Statement.Upstream!.Name;
        if (portal.Ruling.Copy is { } copy)
            PgBind.Write(link.UpstreamOutput, portal.UpstreamName, statement, default, default, copy.IsBinary ? [1] : []);
        else
            bind.WriteAs(link.UpstreamOutput, portal.UpstreamName, statement);
    }

    /// <summary>The client gave a statement up. A granted one stays prepared for the next Parse of its text: it is ours, not the client's.</summary>
    public void Release(ClientStatement statement)
    {
        if (statement is { Ruling.Kind: RulingKind.Housekeeping, Upstream: { IsLost: false } upstream, IsUnnamedUpstream: false })
            Close(upstream);
    }

    /// <summary>
    /// True if the upstream has the statement whenever it gets to what is sent now: it said so, or would skip both after an error. Otherwise an
    /// error in an earlier batch may have taken it away. If it was the client's own Parse, that is what the client is to hear.
    /// </summary>
    private bool IsUsable(UpstreamStatement upstream, ClientStatement? own) =>
        !upstream.IsLost && (upstream.IsParsed || upstream.Batch == refuser.Batch || (own is not null && ReferenceEquals(upstream.ParsedFor, own)));

    private UpstreamStatement New(byte[] name, ClientStatement statement, bool relay) =>
        new(name, statement.Ruling.Text) { ParsedFor = relay ? statement : null, Batch = refuser.Batch };

    private void Close(UpstreamStatement statement)
    {
        PgClose.Write(link.UpstreamOutput, PgObjectKind.Statement, statement.Name);
        refuser.Sent();
        link.Conversation.Expect(new(Expected.CloseComplete, false, statement));
    }

    private void PrepareGranted(ClientStatement statement, bool relay)
    {
        var key = statement.PreparedKey;
        if (_granted.TryGet(key, out var prepared) && IsUsable(prepared, null))
        {
            statement.Upstream = prepared;
            if (relay)
                refuser.LocalParse(statement);

            return;
        }

        if (prepared is not null)
        {
            // The server may have it by now, and nobody will use it.
            _granted.Remove(key);
            prepared.IsLost = true;
            Close(prepared);
        }

        statement.Upstream = New(_granted.NewName(), statement, relay);
        SendParse(statement, relay);
        if (_granted.Add(key, statement.Upstream) is { } evicted)
            Close(evicted);
    }

    private void PrepareHousekeeping(ClientStatement statement, bool isNamed, bool relay)
    {
        if (statement is { Upstream: { IsLost: false } uncertain, IsUnnamedUpstream: false })
        {
            uncertain.IsLost = true;
            Close(uncertain);
        }

        statement.IsUnnamedUpstream = !isNamed;
        statement.Upstream = New(isNamed ? _granted.NewName() : [], statement, relay);
        SendParse(statement, relay);
    }

    private void SendParse(ClientStatement statement, bool relay)
    {
        // The server skipped these with the rest of a pipeline that failed; without this, they would pile up there.
        while (link.Conversation.TryTakeUnclosed(out var unclosed))
            Close(unclosed);

        statement.Upstream!.RedactsErrors = statement.Ruling.Analyzed is { TouchesMasked: true };
        PgParse.Write(link.UpstreamOutput, statement.Upstream!.Name, statement.Upstream.Text, statement.ParameterTypes);
        refuser.Sent();
        link.Conversation.Expect(new(Expected.ParseComplete, relay, statement.Upstream, relay ? statement.CountParse() : 0));
    }
}
