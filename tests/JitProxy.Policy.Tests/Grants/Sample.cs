using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

/// <summary>Grants and pleas that tests start from.</summary>
internal static class Sample
{
    public const string Statement = "select name from customers where id = 42";

    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly Signer Owner = new("bob", [Signer.ProjectOwner]);

    public static readonly Signer Security = new("carol", ["security"]);

    public static GrantRequest Request(
        string user = "alice",
        string statement = Statement,
        ImmutableArray<string> databases = default,
        bool unmask = false,
        bool export = false,
        double hours = 4,
        int? executions = null,
        string schema = "public") => new()
        {
            User = user,
            Project = "store",
            Databases = databases.IsDefault ? ["shop/app"] : databases,
            Statement = statement,
            Schema = schema,
            Unmask = unmask,
            Export = export,
            Reason = "ticket 7",
            Duration = TimeSpan.FromHours(hours),
            ExecutionsMax = executions,
        };

    public static Grant Pending(long id = 1, GrantRequest? request = null, params ImmutableArray<ApprovalStep> steps) =>
        Done(GrantFlow.Request(id, request ?? Request(), steps.IsEmpty ? [Signer.ProjectOwner] : steps, Noon));

    public static Grant Active(long id = 1, GrantRequest? request = null) => Done(GrantFlow.Approve(Pending(id, request), Owner, ApprovalTerms.AsRequested, Noon));

    /// <summary>One grant in each state that can be stored, with its name.</summary>
    public static Grant InState(GrantStatus state, long id = 1, GrantRequest? request = null) => state switch
    {
        GrantStatus.Pending => Pending(id, request),
        GrantStatus.Active => Active(id, request),
        GrantStatus.Expired => Active(id, (request ?? Request()) with { Duration = TimeSpan.FromTicks(1) }),
        GrantStatus.Revoked => Done(GrantFlow.Revoke(Active(id, request), Owner, null, Noon)),
        GrantStatus.Rejected => Done(GrantFlow.Reject(Pending(id, request), Owner, "no", Noon)),
        GrantStatus.Canceled => Done(GrantFlow.Cancel(Pending(id, request), new Signer("alice", []), Noon)),
    };

    public static Grant Done(Transition transition) =>
        transition.TryGetGrant(out var grant, out var fault) ? grant : throw new AssertionException($"refused: {fault}");

    public static TransitionFault Refused(Transition transition) =>
        transition.TryGetGrant(out _, out var fault) ? throw new AssertionException("not refused") : fault;

    public static StatementPlea Plea(
        string statement = Statement,
        string user = "alice",
        string database = "shop/app",
        string schema = "public",
        long? asked = null,
        bool export = false) => new(SqlDialect.PostgreSql, user, database, schema, Form(statement), asked, export);

    public static NormalForm Form(string statement) =>
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(statement), SqlDialect.PostgreSql, out var form, out _, out _)
            ? form
            : throw new AssertionException($"cannot be read: {statement}");
}
