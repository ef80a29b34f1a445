using JitProxy.Policy.Grants;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

[TestFixture]
internal sealed class JudgeTests
{
    private static DateTimeOffset Later => Sample.Noon.AddMinutes(10);

    [Test]
    public void An_active_grant_allows_its_statement_and_its_own_text_runs()
    {
        var decision = Decide(Sample.Plea("SELECT  name FROM customers -- now\n WHERE id = 42;"), Sample.Active(5));

        Assert.That(decision.TryGetPermit(out var permit, out _), Is.True);
        Assert.That(permit!.ApprovedText, Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(Sample.Statement)));
        Assert.That((permit.Grant.Id, permit.Database, permit.IsLimited), Is.EqualTo((5L, "shop/app", false)));
        Assert.That(permit.ExpiresAt, Is.EqualTo(Sample.Noon.AddHours(4)));
        Assert.That(decision.Objection, Is.Null);
    }

    [Test]
    public void The_default_decision_refuses()
    {
        Assert.That(default(Decision).TryGetPermit(out _, out var reason), Is.False);
        Assert.That(reason, Is.EqualTo(DenyReason.Unspecified));
    }

    [Test]
    public void Nothing_is_decided_about_an_empty_statement_or_for_nobody()
    {
        Assert.That(ReasonOf(Decide(Sample.Plea("/* nothing */"), Sample.Active())), Is.EqualTo(DenyReason.Unspecified));
        Assert.That(ReasonOf(Decide(Sample.Plea(user: ""), Sample.Active())), Is.EqualTo(DenyReason.Unspecified));
        Assert.That(ReasonOf(Judge.Decide(default, GrantBook.Empty, Later)), Is.EqualTo(DenyReason.Unspecified));
    }

    [TestCase(GrantStatus.Pending, DenyReason.GrantPending)]
    [TestCase(GrantStatus.Expired, DenyReason.GrantExpired)]
    [TestCase(GrantStatus.Revoked, DenyReason.GrantRevoked)]
    public void A_grant_that_holds_the_statement_but_not_now_is_named(GrantStatus state, DenyReason expected)
    {
        var objection = Decide(Sample.Plea(), Sample.InState(state, 9)).Objection!;

        Assert.That((objection.Reason, objection.Grant?.Id), Is.EqualTo((expected, (long?)9)));
        Assert.That(objection.Difference, Is.Null);
    }

    [TestCase(GrantStatus.Rejected)]
    [TestCase(GrantStatus.Canceled)]
    public void A_request_that_was_turned_down_never_was_a_grant(GrantStatus state) =>
        Assert.That(ReasonOf(Decide(Sample.Plea(), Sample.InState(state))), Is.EqualTo(DenyReason.NoGrant));

    [Test]
    public void A_grant_that_ran_as_often_as_it_may_is_spent()
    {
        var spent = Sample.Done(GrantFlow.Spend(Sample.Active(1, Sample.Request(executions: 1)), Later));

        Assert.That(ReasonOf(Decide(Sample.Plea(), spent)), Is.EqualTo(DenyReason.GrantSpent));
    }

    [Test]
    public void Bulk_extraction_needs_a_grant_with_export()
    {
        var plain = Sample.Active(1);
        var export = Sample.Active(2, Sample.Request(export: true));

        Assert.That(ReasonOf(Decide(Sample.Plea(export: true), plain)), Is.EqualTo(DenyReason.ExportNotGranted));
        Assert.That(GrantOf(Decide(Sample.Plea(export: true), plain, export)), Is.EqualTo(2));
    }

    [Test]
    public void A_close_active_grant_is_pointed_at()
    {
        var far = Sample.Active(1, Sample.Request(statement: "select sum(total) from orders"));
        var close = Sample.Active(2);
        var closer = Sample.Active(3, Sample.Request(statement: "select name from customers where id = 44 and true"));

        var objection = Decide(Sample.Plea("select name from customers where id = 43"), far, close, closer).Objection!;

        Assert.That((objection.Reason, objection.Grant?.Id), Is.EqualTo((DenyReason.StatementDiffers, (long?)2)));
        Assert.That((objection.Difference?.Granted, objection.Difference?.Offered), Is.EqualTo(("id = 42", "id = 43")));
    }

    [Test]
    public void Only_active_grants_of_the_same_user_database_and_schema_are_close()
    {
        var plea = Sample.Plea("select name from customers where id = 43");
        Grant[] others =
        [
            Sample.Pending(1),
            Sample.InState(GrantStatus.Revoked, 2),
            Sample.Active(3, Sample.Request(user: "mallory")),
            Sample.Active(4, Sample.Request(databases: ["shop/other"])),
            Sample.Active(5, Sample.Request(schema: "archive")),
        ];

        var objection = Decide(plea, others).Objection!;

        Assert.That((objection.Reason, objection.Grant, objection.Difference), Is.EqualTo((DenyReason.NoGrant, (Grant?)null, (object?)null)));
    }

    [Test]
    public void Another_user_database_schema_or_text_is_not_granted()
    {
        var grant = Sample.Active();

        Assert.That(ReasonOf(Decide(Sample.Plea(user: "mallory"), grant)), Is.EqualTo(DenyReason.NoGrant));
        Assert.That(ReasonOf(Decide(Sample.Plea(database: "shop/other"), grant)), Is.EqualTo(DenyReason.NoGrant));
        Assert.That(ReasonOf(Decide(Sample.Plea(schema: "archive"), grant)), Is.EqualTo(DenyReason.NoGrant));
        Assert.That(ReasonOf(Decide(Sample.Plea("select 1"), grant)), Is.EqualTo(DenyReason.NoGrant));
    }

    [Test]
    public void A_grant_holds_on_each_of_its_databases()
    {
        var grant = Sample.Active(1, Sample.Request(databases: ["shop/app", "shop/report_1"]));

        Assert.That(GrantOf(Decide(Sample.Plea(database: "shop/report_1"), grant)), Is.EqualTo(1));
    }

    [Test]
    public void The_least_powerful_grant_is_used()
    {
        var both = Sample.Active(1, Sample.Request(unmask: true, export: true, hours: 1));
        var unmask = Sample.Active(2, Sample.Request(unmask: true, hours: 1));
        var export = Sample.Active(3, Sample.Request(export: true, hours: 1));
        var plain = Sample.Active(4, Sample.Request(hours: 8));
        var plainSooner = Sample.Active(5, Sample.Request(hours: 7));

        Assert.That(GrantOf(Decide(Sample.Plea(), both, unmask, export, plain, plainSooner)), Is.EqualTo(5));
        Assert.That(GrantOf(Decide(Sample.Plea(), both, unmask, export, plain)), Is.EqualTo(4));
        Assert.That(GrantOf(Decide(Sample.Plea(), both, unmask, export)), Is.EqualTo(3));
        Assert.That(GrantOf(Decide(Sample.Plea(), both, unmask)), Is.EqualTo(2));
        Assert.That(GrantOf(Decide(Sample.Plea(), both)), Is.EqualTo(1));
    }

    [Test]
    public void A_session_gets_the_grant_that_it_asks_for()
    {
        var unmask = Sample.Active(2, Sample.Request(unmask: true));

        Assert.That(GrantOf(Decide(Sample.Plea(asked: 2), Sample.Active(1), unmask)), Is.EqualTo(2));
    }

    [Test]
    public void A_session_that_asks_for_a_grant_gets_no_other()
    {
        var grant = Sample.Active(1);
        var other = Sample.Active(2, Sample.Request(statement: "select name from customers where id = 44"));

        var objection = Decide(Sample.Plea(asked: 2), grant, other).Objection!;
        Assert.That((objection.Reason, objection.Grant?.Id), Is.EqualTo((DenyReason.GrantNotApplicable, (long?)2)));
        Assert.That(objection.Difference?.Granted, Is.EqualTo("id = 44"));

        Assert.That(ReasonOf(Decide(Sample.Plea(asked: 3), grant, Sample.InState(GrantStatus.Revoked, 3))), Is.EqualTo(DenyReason.GrantRevoked));
        Assert.That(ReasonOf(Decide(Sample.Plea(asked: 99), grant)), Is.EqualTo(DenyReason.GrantNotApplicable));
    }

    [Test]
    public void Nothing_of_somebody_elses_grant_is_told()
    {
        var objection = Decide(Sample.Plea(asked: 2), Sample.Active(2, Sample.Request(user: "mallory", statement: "select 1"))).Objection!;

        Assert.That((objection.Reason, objection.Grant), Is.EqualTo((DenyReason.GrantNotApplicable, (Grant?)null)));
    }

    [Test]
    public void A_pending_grant_is_named_before_an_ended_one()
    {
        var decision = Decide(Sample.Plea(), Sample.InState(GrantStatus.Revoked, 1), Sample.Pending(2), Sample.InState(GrantStatus.Expired, 3));

        Assert.That(ReasonOf(decision), Is.EqualTo(DenyReason.GrantPending));
    }

    [Test]
    public void A_permit_holds_until_its_grant_changes_or_ends()
    {
        var grant = Sample.Active(1, Sample.Request(executions: 1));
        var book = GrantBook.Create([grant]);
        Judge.Decide(Sample.Plea(), book, Later).TryGetPermit(out var permit);

        Assert.That(Recheck(permit!, book, Later), Is.Null);
        Assert.That(Recheck(permit!, book.With(Sample.Active(2)), Later), Is.Null);
        Assert.That(Recheck(permit!, book, Sample.Noon.AddHours(4)), Is.EqualTo(DenyReason.GrantExpired));
        Assert.That(Recheck(permit!, GrantBook.Empty, Later), Is.EqualTo(DenyReason.NoGrant));
        Assert.That(Recheck(permit!, book.With(Sample.Done(GrantFlow.Revoke(grant, Sample.Owner, null, Later))), Later), Is.EqualTo(DenyReason.GrantRevoked));

        var spent = book.With(Sample.Done(GrantFlow.Spend(grant, Later)));
        Assert.That(Recheck(permit!, spent, Later), Is.EqualTo(DenyReason.GrantSpent));
        Assert.That(permit!.RecheckRunning(spent, Later, out _), Is.True);
        Assert.That(permit.RecheckRunning(spent, Sample.Noon.AddHours(4), out _), Is.False);
    }

    [Test]
    public void A_permit_does_not_carry_over_to_a_grant_that_says_something_else()
    {
        Judge.Decide(Sample.Plea(), GrantBook.Create([Sample.Active(1)]), Later).TryGetPermit(out var permit);

        Assert.That(Recheck(permit!, GrantBook.Create([Sample.Active(1, Sample.Request(unmask: true))]), Later), Is.EqualTo(DenyReason.NoGrant));
    }

    private static DenyReason? Recheck(Permit permit, GrantBook book, DateTimeOffset now) => permit.Recheck(book, now, out var reason) ? null : reason;

    private static Decision Decide(StatementPlea plea, params Grant[] grants) => Judge.Decide(plea, GrantBook.Create(grants), Later);

    private static DenyReason ReasonOf(Decision decision) =>
        decision.TryGetPermit(out _, out var reason) ? throw new AssertionException("allowed") : reason;

    private static long GrantOf(Decision decision) =>
        decision.TryGetPermit(out var permit, out var reason) ? permit.Grant.Id : throw new AssertionException($"refused: {reason}");
}
