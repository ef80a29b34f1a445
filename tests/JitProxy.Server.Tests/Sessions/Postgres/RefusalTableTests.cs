using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Tests.Decide;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Every reason to refuse a statement, brought about by what a client sends: who, where and why in the message, and what to do next in the hint.</summary>
internal sealed class RefusalTableTests
{
    private const string Statement = "SELECT id, note FROM orders";
    private const string Other = "SELECT id FROM orders";
    private const string ByMasked = "SELECT id FROM customers WHERE ssn = '1'";
    private const string WithParameter = "SELECT id, note FROM orders WHERE id = $1";
    private const string Calls = "SELECT abs(id) FROM orders";
    private const uint TypeOfSomebody = 70_000;

    private static readonly Dictionary<DenyReason, (string SqlState, Func<SessionFixture, Task> Reach, string Why, string Next)> Rows = new()
    {
        [DenyReason.NoGrant] = ("42501", f => Ask(f, Statement), "no active grant holds it", "jitproxy request --denied "),
        [DenyReason.StatementDiffers] = ("42501", async f => { await f.GrantAsync(Statement + " WHERE id = 1"); await Ask(f, Statement + " WHERE id = 2"); }, "exactly this text", "jitproxy request --denied "),
        [DenyReason.GrantPending] = ("42501", async f => { await f.GrantAsync(Statement, approve: false); await Ask(f, Statement); }, "waiting for approval", "jitproxy grant 1"),
        [DenyReason.GrantExpired] = ("42501", async f => { await f.GrantAsync(Statement); f.Clock.Now += TimeSpan.FromHours(5); await Ask(f, Statement); }, "has expired", "--denied "),
        [DenyReason.GrantRevoked] = ("42501", async f => { f.Revoke(await f.GrantAsync(Statement)); await Ask(f, Statement); }, "was revoked", "jitproxy request --denied "),
        [DenyReason.GrantSpent] = (
            "42501", async f => { await f.GrantAsync(Statement, executions: 1); await Ask(f, Statement); await Ask(f, Statement); }, "as often as it allows", "--denied "),
        [DenyReason.GrantNotApplicable] = (
            "42501",
            async f => { await f.GrantAsync(Statement); await f.GrantAsync(Other); await Ask(f, "SET jit.grant = 2"); await Ask(f, Statement); },
            "that this session asks for does not hold it",
            "SET jit.grant = none"),
        [DenyReason.ExportNotGranted] = ("42501", async f => { await f.GrantAsync(Statement); await Ask(f, $"COPY ({Statement}) TO STDOUT"); }, "not include export", "--export --reason"),
        [DenyReason.Unreadable] = ("42601", f => Ask(f, "SELECT 'without end"), "cannot be read without doubt", "Send one statement in UTF-8"),
        [DenyReason.SettingNotAllowed] = ("42501", f => Ask(f, "SET session_authorization = 'postgres'"), "this setting may not be changed", "Leave the setting"),
        [DenyReason.CatalogueReadNotAllowed] = ("42501", f => Ask(f, "SELECT pg_sleep(1)"), "not part of what every session may do", "names and types of objects"),
        [DenyReason.MessageNotSupported] = ("0A000", f => Ask(f, "COPY orders FROM STDIN"), "does not pass this on", "Run the statement itself"),
        [DenyReason.TrailUnavailable] = ("58030", WithoutTrailAsync, "the audit trail cannot be written, so nothing runs", "Tell whoever runs JitProxy"),
        [DenyReason.ShapeChanged] = ("55000", async f => { await f.GrantAsync(Other); await Ask(f, Other); }, "no longer has the columns that were analysed", "once more in a moment"),
        [DenyReason.RowLimit] = ("54000", async f => { await f.GrantAsync(Statement); await Ask(f, Statement); }, "more rows than the limit", "jitproxy request ... --export"),
        [DenyReason.SizeLimit] = ("54000", async f => { await f.GrantAsync(Statement); await Ask(f, Statement); }, "larger than the limit", "jitproxy request ... --export"),
        [DenyReason.NotReadOnly] = ("42501", FunctionReplacedAsync, "no longer a statement that only reads", "Ask for another statement"),
        [DenyReason.MaskedPredicate] = ("42501", PredicateDeniedAsync, "masked columns may not decide which rows come", "--unmask"),
        [DenyReason.MaskedWrite] = ("42501", async f => { await f.GrantRoleAsync("writer"); await Ask(f, "UPDATE customers SET name = ssn"); }, "may not be stored", "Store something that"),
        [DenyReason.TransactionForbids] = (
            "42501",
            async f => { await f.GrantRoleAsync("writer"); await Ask(f, "BEGIN READ ONLY"); await Ask(f, "DELETE FROM orders"); },
            "the open transaction does not allow it",
            "End the transaction"),
        [DenyReason.WrongNetwork] = ("42501", async f => { await AskForAsync(f, new() { Statement = Statement, Networks = ["192.0.2.0/24"] }); await Ask(f, Statement); }, "other networks", "--denied "),
        [DenyReason.ParameterNotAllowed] = ("42501", ParameterAsync, "a parameter is not what was approved", "--param 1=RULE"),
        [DenyReason.RoleNotEnough] = ("42501", async f => { await f.GrantRoleAsync("reader"); await Ask(f, "DELETE FROM orders"); }, "the role does not allow it", "--denied "),
        [DenyReason.ProjectForbids] = ("42501", ProjectClosedAsync, "a setting of its project does not allow it", "Ask an owner"),
        [DenyReason.ParameterTypeNotAllowed] = (
            "42501",
            async f => { await f.GrantAsync(WithParameter); await f.Client.Parse("", WithParameter, TypeOfSomebody).Sync().RunAsync(); },
            "not one of the server's own",
            "as text for example"),
        [DenyReason.Unspecified] = ("42501", f => Ask(f, Statement), "it was not decided", "Connect again"),
    };

    private static IEnumerable<DenyReason> Reasons => Enum.GetValues<DenyReason>();

    [TestCaseSource(nameof(Reasons))]
    public async Task A_reason_is_reached_and_says_who_where_why_and_what_next(DenyReason reason)
    {
        Assert.That(Rows, Does.ContainKey(reason), "every reason has a row");
        var (sqlState, reach, why, next) = Rows[reason];
        await using var f = new SessionFixture(limits: reason switch
        {
            DenyReason.RowLimit => "{ rows: 1 }",
            DenyReason.SizeLimit => "{ result_size: 10B }",
            _ => "{}",
        });
        f.Catalogue = SessionFixture.CatalogueWith(Function("pg_catalog", "abs", isBuiltIn: true), Function("pg_catalog", "pg_sleep", isBuiltIn: true, Volatility.Volatile));
        if (reason == DenyReason.Unspecified)
        {
            // Without a catalogue there is no session either: the gate is asked as one would.
            var who = new SessionIdentity("alice", "10.0.0.1:5000", "shop", "app", SqlDialect.PostgreSql);
            var refusal = f.Services.Gate.Decide(Encoding.UTF8.GetBytes(Statement), who, null).Refusal!;
            Check(Encoding.UTF8.GetString(refusal.ToErrorResponse()).Replace('\0', '\n'));
            return;
        }

        await f.StartAsync(Model());
        await reach(f);
        Check(f.Client.LastError);

        void Check(string error)
        {
            var message = reason == DenyReason.TrailUnavailable ? "" : "user \"alice\" may not run this statement on shop/app: ";
            Assert.That(error, Does.Contain($"\nC{sqlState}\n"));
            Assert.That(error, Does.Match($"\nM{message}[^\n]*{why}"));
            Assert.That(error, Does.Match($"\nH[^\n]*{next}"));
        }
    }

    [TestCaseSource(nameof(Reasons))]
    public void A_reason_has_a_number_and_a_next_step_in_MySQL(DenyReason reason)
    {
        var name = new string('x', 63);
        var refusal = Refusal.Statement(reason, name, $"{name}/{name}", new('y', 2000), Refusal.NextStep(reason));
        var text = MySqlRefusal.TextOf(refusal);

        Assert.That(MySqlRefusal.CodeOf(refusal.SqlState).Code, Is.Not.EqualTo(1105), "a number of its own");
        Assert.That(Encoding.UTF8.GetByteCount(text), Is.LessThanOrEqualTo(MySqlRefusal.TextSizeMax));
        Assert.That(text, Does.StartWith($"user \"{name}\" may not run this statement on {name}/{name}: ").And.EndWith(refusal.Hint!));
    }

    private static ServerModel Model() => new ServerModel()
        .Knows(Statement, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,aaaaaaaaaa", "2,bbbbbbbbbb"))
        .Knows(Other, ModelAnswer.Table("id:23:20002:1 more:25:20002:2", "1,a"))
        .Knows(WithParameter, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"))
        .Knows(Calls, ModelAnswer.Table("abs:23", "1"))
        .Knows("BEGIN READ ONLY", new() { Tag = "BEGIN", StatusAfter = 'T' });

    private static Task<string> Ask(SessionFixture f, string statement) => f.Client.Query(statement).RunAsync();

    private static CatalogueFunction Function(string schema, string name, bool isBuiltIn, Volatility volatility = Volatility.Immutable) =>
        new(schema, name, volatility, isBuiltIn, ReturnsSet: false, ReturnTypeOid: 23);

    private static async Task AskForAsync(SessionFixture f, GrantWish wish)
    {
        var grant = DeskFixture.Done(await f.Desk.RequestAsync(wish with { Databases = [SessionFixture.Database], Reason = "test" }, new("alice"), default));
        DeskFixture.Done(f.Desk.Approve(grant.Id, new("bob"), ApprovalTerms.AsRequested));
    }

    private static async Task WithoutTrailAsync(SessionFixture f)
    {
        await f.GrantAsync(Statement);
        using (f.HoldTrail())
        {
            // Records wait for a while before they count as lost.
            using var patience = new CancellationTokenSource(Frames.Soon);
            while (!f.Client.LastError.Contains("58030", StringComparison.Ordinal))
            {
                await Ask(f, Statement);
                await Task.Delay(5, patience.Token);
            }
        }
    }

    private static async Task FunctionReplacedAsync(SessionFixture f)
    {
        await f.GrantAsync(Calls);
        f.Clock.Now += TimeSpan.FromMinutes(2);
        f.Catalogue = SessionFixture.CatalogueWith(Function("public", "abs", isBuiltIn: false, Volatility.Volatile));
        await f.Catalogues.RefreshAsync(SessionFixture.Database, default);
        await Ask(f, Calls);
    }

    private static async Task PredicateDeniedAsync(SessionFixture f)
    {
        await f.GrantAsync(ByMasked);
        f.Policies.Current = new(f.Configuration, new()
        {
            SemanticTypes = f.Configuration.Masking.SemanticTypes,
            Columns = f.Configuration.Masking.Columns,
            InPredicates = PredicateUse.Deny,
            Secrets = f.Secrets,
        });
        await Ask(f, ByMasked);
    }

    private static async Task ParameterAsync(SessionFixture f)
    {
        await AskForAsync(f, new() { Statement = WithParameter, Parameters = ["1=int:1..10"] });
        await f.Client.Parse("", WithParameter).Bind("", "", "11").Execute("").Sync().RunAsync();
    }

    private static async Task ProjectClosedAsync(SessionFixture f)
    {
        await f.GrantAsync(Statement);
        var projects = f.Configuration.Projects;
        var closed = f.Configuration with { Projects = projects.SetItem("store", projects["store"] with { JustInTimeAccess = false }) };
        f.Policies.Current = new(closed, f.Configuration.Masking.WithSecrets(f.Secrets));
        await Ask(f, Statement);
    }
}
