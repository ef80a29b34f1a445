using JitProxy.Policy.Sql;
using JitProxy.Server.Share;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Share;

/// <summary>What may run on a connection that others use, and when.</summary>
public sealed class ShareableTests
{
    private static readonly StatementAnalysis Plain = new()
    {
        Kind = StatementKind.Select,
        Relations = [new("public", "orders")],
        Functions = ["pg_catalog.count"],
        Columns = [],
    };

    [Test]
    public void A_plain_read_of_tables_is_shareable() => Assert.That(Shareable.IsShareable(Plain));

    [TestCase("pg_catalog.pg_backend_pid")]
    [TestCase("current_setting")]
    [TestCase("pg_catalog.CURRVAL")]
    [TestCase("pg_catalog.random")]
    [TestCase("pg_catalog.pg_stat_get_activity")]
    public void A_function_about_the_connection_is_not(string function) =>
        Assert.That(Shareable.IsShareable(Plain with { Functions = ["pg_catalog.lower", function] }), Is.False);

    [TestCase("pg_catalog", "pg_locks")]
    [TestCase("information_schema", "tables")]
    public void A_relation_of_the_server_is_not(string schema, string name) =>
        Assert.That(Shareable.IsShareable(Plain with { Relations = Plain.Relations.Add(new(schema, name, IsBehindView: true)) }), Is.False);

    [Test]
    public void What_is_not_understood_is_not()
    {
        Assert.That(Shareable.IsShareable(Plain with { Unresolved = "no such table" }), Is.False);
        Assert.That(Shareable.IsShareable(Plain with { RunsForeignCode = true }), Is.False);
        Assert.That(Shareable.IsShareable(Plain with { ReadOnlyObjection = "it writes" }), Is.False);
        Assert.That(Shareable.IsShareable(Plain with { Kind = StatementKind.Explain }), Is.False);
    }

    [Test]
    public void A_statement_is_trusted_after_two_quick_runs_and_not_after_a_slow_or_large_one()
    {
        var pace = new Pace();
        pace.Note(TimeSpan.FromMilliseconds(1), 100);
        Assert.That(pace.IsQuick, Is.False);
        pace.Note(TimeSpan.FromMilliseconds(1), 100);
        Assert.That(pace.IsQuick);

        var slow = new Pace();
        slow.Note(TimeSpan.FromMilliseconds(1), 100);
        slow.Note(Pace.Quick + TimeSpan.FromMilliseconds(1), 100);
        slow.Note(TimeSpan.FromMilliseconds(1), 100);
        Assert.That(slow.IsQuick, Is.False);

        var large = new Pace();
        large.Note(TimeSpan.FromMilliseconds(1), Pace.SmallSize + 1);
        large.Note(TimeSpan.FromMilliseconds(1), 1);
        Assert.That(large.IsQuick, Is.False);
    }

    [Test]
    public void A_bad_neighbour_is_trusted_again_after_many_good_runs()
    {
        var pace = new Pace();
        pace.Distrust();
        var runs = 0;
        while (!pace.IsQuick)
        {
            pace.Note(TimeSpan.Zero, 0);
            runs++;
        }

        Assert.That(runs, Is.InRange(50, 100));
    }
}
