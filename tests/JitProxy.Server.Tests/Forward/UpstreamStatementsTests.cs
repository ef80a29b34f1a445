using System.Globalization;
using JitProxy.Server.Forward;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Forward;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UpstreamStatementsTests
{
    private readonly UpstreamStatements _statements = new();

    [Test]
    public void A_name_is_never_given_twice()
    {
        var names = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(_statements.NewName())).ToHashSet();
        Assert.That(names, Has.Count.EqualTo(1000));
    }

    [Test]
    public void The_statement_used_longest_ago_leaves_and_is_marked_lost()
    {
        for (var i = 0; i < UpstreamStatements.CountMax; i++)
            Assert.That(_statements.Add(i.ToString(CultureInfo.InvariantCulture), New()), Is.Null);

        Assert.That(_statements.TryGet("0", out var first), Is.True);
        var evicted = _statements.Add("one more", New());

        Assert.That(evicted, Is.Not.Null);
        Assert.That(evicted!.IsLost, Is.True);
        Assert.That(_statements.TryGet("1", out _), Is.False);
        Assert.That(_statements.TryGet("0", out var still), Is.True);
        Assert.That(still, Is.SameAs(first));
    }

    [Test]
    public void A_statement_that_the_upstream_refused_is_prepared_again()
    {
        var statement = New();
        _statements.Add("a", statement);

        statement.Refuse(0);

        Assert.That(_statements.TryGet("a", out _), Is.False);
    }

    [Test]
    public void After_a_discard_nothing_is_prepared()
    {
        var statement = New();
        _statements.Add("a", statement);

        _statements.Clear();

        Assert.That(_statements.TryGet("a", out _), Is.False);
        Assert.That(statement.IsLost, Is.True);
    }

    private UpstreamStatement New() => new(_statements.NewName(), []);
}
