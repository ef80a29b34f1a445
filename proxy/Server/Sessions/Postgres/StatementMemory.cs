using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>What a session decided lately, by the client's exact text: one memory for Query, and one for Parse.</summary>
internal sealed class StatementMemory(SessionJudge judge)
{
    private readonly RecentStatements<ClientStatement> _queries = new();
    private readonly RecentStatements<ClientStatement> _parsed = new();
    private readonly List<Range> _parts = [];

    /// <summary>A statement of the client with the decision about it.</summary>
    public ClientStatement Capture(ReadOnlySpan<byte> text, uint[] parameterTypes, Ruling ruling) =>
        new(judge.Who, text.ToArray(), parameterTypes, ruling) { AskedGrant = judge.AskedGrant };

    /// <summary>A granted statement of exactly this text whose decision still holds.</summary>
    public bool TryRecall(ReadOnlySpan<byte> text, out ClientStatement statement) => _queries.TryGet(text, out statement) && judge.IsStillGood(statement);

    /// <summary>The same for a text that the session sends for the first time, if it is one statement, and a grant holds it.</summary>
    public bool TryLearn(ReadOnlySpan<byte> text, out ClientStatement statement)
    {
        statement = null!;
        _parts.Clear();
        if (text.Length > RecentStatements<ClientStatement>.TextSizeMax || !StatementSplitter.TrySplit(text, SqlDialect.PostgreSql, _parts, out _, out _)
            || _parts is not [var part] || !judge.TryGrant(text[part], out var ruling) || ruling.Copy is not null)
            return false;

        Remember(text, statement = Capture(text[part], [], ruling));
        return true;
    }

    /// <summary>The same for a Parse that the session sends for the first time, of types that are the server's own.</summary>
    public bool TryLearnParsed(in PgParse parse, out ClientStatement statement)
    {
        statement = null!;
        if (parse.Text.Length > RecentStatements<ClientStatement>.TextSizeMax || !TryReadTypes(parse.ParameterTypes, out var types)
            || !judge.TryGrant(parse.Text, out var ruling) || ruling.Copy is not null)
            return false;

        RememberParsed(parse.Text, statement = Capture(parse.Text, types, ruling));
        return true;
    }

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

    private static bool TryReadTypes(PgOidList list, out uint[] types)
    {
        types = list.Count == 0 ? [] : new uint[list.Count];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = list[i];
            if (types[i] >= ExtendedQuery.FirstUserOid)
                return false;
        }

        return true;
    }
}
