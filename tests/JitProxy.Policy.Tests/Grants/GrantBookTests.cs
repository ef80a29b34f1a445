using System.Diagnostics;
using System.Globalization;
using JitProxy.Policy.Grants;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

[TestFixture]
internal sealed class GrantBookTests
{
    private const int ManyCount = 100_000;

    [Test]
    public void A_grant_is_found_by_number_and_by_statement()
    {
        var grant = Sample.Active(3);
        var book = GrantBook.Empty.With(grant);

        Assert.That(book.Find(3), Is.SameAs(grant));
        Assert.That(book.Holding(Sample.Plea().Key), Is.EqualTo(new[] { grant }));
        Assert.That(book.Find(4), Is.Null);
        Assert.That(GrantBook.Empty.Count, Is.Zero);
    }

    [Test]
    public void A_changed_grant_replaces_itself()
    {
        var pending = Sample.Pending(3);
        var before = GrantBook.Create([pending]);
        var active = Sample.Done(GrantFlow.Approve(pending, Sample.Owner, ApprovalTerms.AsRequested, Sample.Noon));

        var after = before.With(active);

        Assert.That(after.Holding(Sample.Plea().Key), Is.EqualTo(new[] { active }));
        Assert.That(before.Find(3), Is.SameAs(pending));
        Assert.That(after.Count, Is.EqualTo(1));
    }

    [Test]
    public void A_number_cannot_be_taken_over_by_another_request() =>
        Assert.That(() => GrantBook.Create([Sample.Active(1)]).With(Sample.Active(1, Sample.Request(statement: "select 1"))), Throws.ArgumentException);

    [Test]
    public void A_statement_that_cannot_be_read_is_kept_and_matches_nothing()
    {
        var book = GrantBook.Create([Sample.Active(1, Sample.Request(statement: "select 'open"))]);

        Assert.That(book.Find(1), Is.Not.Null);
        Assert.That(book.Nearby("alice", "shop/app"), Is.Empty);
    }

    [Test]
    public void Role_grants_are_found_by_user_and_database()
    {
        var request = Sample.Request() with { Kind = GrantKind.Role, Statement = null, Role = "sql-editor-user" };
        var book = GrantBook.Create([Sample.Active(1, request), Sample.Active(2)]);

        Assert.That(book.Roles("alice", "shop/app").Select(g => g.Id), Is.EqualTo(new[] { 1 }));
        Assert.That(book.Roles("alice", "shop/other"), Is.Empty);
        Assert.That(book.Nearby("alice", "shop/app").Select(g => g.Id), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void A_statement_that_is_requested_for_years_does_not_grow_slow()
    {
        var book = GrantBook.Empty;
        for (var day = 0; day < 500; day++)
        {
            var requestedAt = Sample.Noon.AddDays(day);
            book = book.With(Sample.Done(GrantFlow.Request(day + 1, Sample.Request(), [], requestedAt)));
        }

        Assert.That(book.Holding(Sample.Plea().Key).Count(), Is.LessThanOrEqualTo(8));
        Assert.That(book.Holding(Sample.Plea().Key).First().Id, Is.EqualTo(500));
        Assert.That(book.Count, Is.EqualTo(500));
    }

    [Test]
    public void Living_grants_of_one_statement_are_all_kept()
    {
        var book = GrantBook.Create(Enumerable.Range(1, 300).Select(id => Sample.Active(id)));

        Assert.That(book.Holding(Sample.Plea().Key).Count(), Is.EqualTo(300));
        Assert.That(book.Nearby("alice", "shop/app").Count(), Is.InRange(2, GrantBook.NearbyMax));
        Assert.That(book.Nearby("alice", "shop/app").First().Id, Is.EqualTo(300));
    }

    [Test]
    public void A_living_grant_is_not_pushed_out_of_sight_by_ended_ones()
    {
        var grants = Enumerable.Range(2, 500).Select(id => Sample.InState(GrantStatus.Revoked, id, Sample.Request(statement: Text(id))));
        var book = GrantBook.Create(grants.Prepend(Sample.Active(1, Sample.Request(statement: Text(1)))));

        Assert.That(book.Nearby("alice", "shop/app").Select(g => g.Id), Does.Contain(1));
    }

    [Test]
    public void Lookup_and_change_stay_flat_as_the_book_grows()
    {
        var small = GrantBook.Create(Enumerable.Range(1, 1_000).Select(Numbered));
        var large = GrantBook.Create(Enumerable.Range(1, ManyCount).Select(Numbered));

        // A hundred times the grants may cost a few times as much (caches), but nothing like a hundred times.
        Assert.That(Fastest(() => Look(large)) / Fastest(() => Look(small)), Is.LessThan(12));
        Assert.That(Fastest(() => Change(large)) / Fastest(() => Change(small)), Is.LessThan(12));
    }

    private static Grant Numbered(int id) =>
        Sample.Active(id, Sample.Request(user: "u" + (id % 97).ToString(CultureInfo.InvariantCulture), statement: Text(id)));

    private static string Text(int id) => "select name from customers where id = " + id.ToString(CultureInfo.InvariantCulture);

    private static void Look(GrantBook book)
    {
        for (var id = 1; id <= 900; id++)
        {
            var plea = Sample.Plea(Text(id), "u" + (id % 97).ToString(CultureInfo.InvariantCulture));
            if (!Judge.Decide(plea, book, Sample.Noon).TryGetPermit(out _))
                throw new AssertionException($"grant {id} was not found");
        }
    }

    private static void Change(GrantBook book)
    {
        for (var id = 1; id <= 900; id++)
            book = book.With(Sample.Done(GrantFlow.Spend(book.Find(id)!, Sample.Noon)));
    }

    // The fastest of several runs is the one that other work on the machine disturbed least.
    private static double Fastest(Action run)
    {
        var best = double.MaxValue;
        for (var i = 0; i < 7; i++)
        {
            var start = Stopwatch.GetTimestamp();
            run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        return best;
    }
}
