using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>Describe of the extended query protocol: what a statement or a portal takes and returns, asked of the server under our names.</summary>
internal sealed class ExtendedDescribe(SessionLink link, Refuser refuser, StatementPreparer preparer, StatementMemory memory, SessionObjects objects)
{
    /// <summary>ParameterDescription of a statement without parameters.</summary>
    private static ReadOnlySpan<byte> NoParameters => "t\0\0\0\u0006\0\0"u8;

    /// <summary>Describe.</summary>
    public ValueTask<bool> DescribeAsync(ReadOnlyMemory<byte> body)
    {
        if (refuser.IsSkipping)
            return new(true);

        if (!PgDescribe.TryParse(body.Span, out var describe))
            return refuser.RefuseExtended("08P01", "invalid message format");

        var name = objects.NameOf(describe.Name);
        return describe.Kind == PgObjectKind.Statement ? DescribeStatement(name) : DescribePortal(name);
    }

    private ValueTask<bool> DescribeStatement(string name)
    {
        if (objects.FindStatement(name) is not { } statement)
            return refuser.NoSuchStatement(name);

        if (memory.Recheck(statement) is { } refusal)
            return Refuse(refusal);

        if (statement.Ruling.Kind == RulingKind.Local || statement.Ruling.Copy is not null)
        {
            refuser.Local([.. NoParameters, .. LocalAnswers.DescriptionOf(statement.Ruling)]);
            return new(true);
        }

        preparer.Prepare(statement, isNamed: name.Length != 0, relay: false);
        PgDescribe.Write(link.UpstreamOutput, PgObjectKind.Statement, statement.Upstream!.Name);
        refuser.Sent();
        link.Conversation.Expect(new(Expected.ParameterDescription, true, statement));
        link.Conversation.Expect(new(Expected.RowShape, true, statement));
        return new(true);
    }

    private ValueTask<bool> DescribePortal(string name)
    {
        if (objects.FindPortal(name) is not { } portal)
            return refuser.NoSuchPortal(name);

        if (memory.Recheck(portal) is { } refusal)
            return Refuse(refusal);

        if (portal.Ruling.Kind == RulingKind.Local || portal.Ruling.Copy is not null)
        {
            refuser.Local(LocalAnswers.DescriptionOf(portal.Ruling));
            return new(true);
        }

        portal.IsDescribed = true;
        PgDescribe.Write(link.UpstreamOutput, PgObjectKind.Portal, portal.UpstreamName);
        refuser.Sent();
        link.Conversation.Expect(new(Expected.RowShape, true, portal));
        return new(true);
    }

    private ValueTask<bool> Refuse(Refusal refusal)
    {
        refuser.RefuseExtended(refusal);
        return new(true);
    }
}
