using JitProxy.Server.Capture;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>What a session decided lately, by the client's exact text: one memory for Query, and one for Parse.</summary>
internal sealed class StatementMemory(SessionJudge judge)
{
    private readonly RecentStatements<ClientStatement> _queries = new();
    private readonly RecentStatements<ClientStatement> _parsed = new();

    /// <summary>A statement of the client with the decision about it.</summary>
    public ClientStatement Capture(ReadOnlySpan<byte> text, uint[] parameterTypes, Ruling ruling) =>
        new(judge.Who, text.ToArray(), parameterTypes, ruling) { AskedGrant = judge.AskedGrant };

    /// <summary>A granted statement of exactly this text whose decision still holds.</summary>
    public bool TryRecall(ReadOnlySpan<byte> text, out ClientStatement statement) => _queries.TryGet(text, out statement) && judge.IsStillGood(statement);

    /// <summary>The same for a Parse, whose parameter types the caller has to compare.</summary>
    public bool TryRecallParsed(ReadOnlySpan<byte> text, out ClientStatement statement) => _parsed.TryGet(text, out statement) && judge.IsStillGood(statement);

    /// <summary>Decides a prepared statement again if its decision no longer holds; an answer is why it may not run now.</summary>
    public Refusal? Recheck(ClientStatement statement)
    {
        var before = statement.Ruling.Grant;
        var refusal = judge.Recheck(statement);

        // The new grant may hold the same statement in another spelling; what is prepared upstream is the old one's.
        if (statement.Ruling.Grant != before)
            statement.Upstream = null;

        return refusal;
    }

    /// <summary>An answer is why a bound portal may not run, or not run on.</summary>
    public Refusal? Recheck(Portal portal)
    {
        var refusal = judge.RecheckBound(portal, out var renewed);
        if (renewed is not null)
            portal.Renew(renewed);

        return refusal;
    }

    /// <summary>Keeps a granted statement for the next time that its text comes.</summary>
    public void Remember(ReadOnlySpan<byte> text, ClientStatement statement) => _queries.Add(text, statement);

    /// <summary>Keeps a granted statement for the next Parse of its text.</summary>
    public void RememberParsed(ReadOnlySpan<byte> text, ClientStatement statement) => _parsed.Add(text, statement);
}
