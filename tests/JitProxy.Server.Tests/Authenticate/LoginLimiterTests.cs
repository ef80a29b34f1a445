using System.Net;
using JitProxy.Server.Authenticate;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class LoginLimiterTests
{
    private static readonly EndPoint Here = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5000);
    private static readonly EndPoint There = new IPEndPoint(IPAddress.Parse("192.0.2.2"), 5000);

    private ManualClock _clock = new();
    private LoginLimiter _limiter = new(TimeProvider.System);

    [SetUp]
    public void Begin()
    {
        _clock = new();
        _limiter = new(_clock);
    }

    [Test]
    public void Ten_failures_make_the_pair_wait_and_nobody_else()
    {
        Fail("alice", Here, 9);
        Assert.That(_limiter.MayTry("alice", Here, out _), Is.True);
        Fail("alice", Here, 1);
        Assert.That(_limiter.MayTry("alice", Here, out var wait), Is.False);
        Assert.That(wait, Is.EqualTo(TimeSpan.FromSeconds(10)));
        Assert.That(_limiter.MayTry("alice", new IPEndPoint(IPAddress.Parse("192.0.2.1"), 6000), out _), Is.False, "another port is the same address");
        Assert.That(_limiter.MayTry("alice", There, out _), Is.True);
        Assert.That(_limiter.MayTry("bob", Here, out _), Is.True);
    }

    [Test]
    public void Wait_ends_and_doubles_with_the_next_failure_up_to_five_minutes()
    {
        Fail("alice", Here, 10);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(_limiter.MayTry("alice", Here, out _), Is.True);
        Fail("alice", Here, 1);
        _clock.Advance(TimeSpan.FromSeconds(19));
        Assert.That(_limiter.MayTry("alice", Here, out var wait), Is.False);
        Assert.That(wait, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Fail("alice", Here, 500);
        Assert.That(_limiter.MayTry("alice", Here, out wait), Is.False);
        Assert.That(wait, Is.EqualTo(TimeSpan.FromMinutes(5)));
    }

    [Test]
    public void Success_and_time_wipe_the_failures()
    {
        Fail("alice", Here, 9);
        _limiter.Succeed("alice", Here);
        Fail("alice", Here, 9);
        Assert.That(_limiter.MayTry("alice", Here, out _), Is.True);
        _clock.Advance(TimeSpan.FromMinutes(16));
        Fail("alice", Here, 1);
        Assert.That(_limiter.MayTry("alice", Here, out _), Is.True);
    }

    [Test]
    public void Addresses_of_one_ipv6_subscriber_are_one()
    {
        Fail("alice", new IPEndPoint(IPAddress.Parse("2001:db8:1:2::1"), 1), 10);
        Assert.That(_limiter.MayTry("alice", new IPEndPoint(IPAddress.Parse("2001:db8:1:2:ffff::9"), 1), out _), Is.False);
        Assert.That(_limiter.MayTry("alice", new IPEndPoint(IPAddress.Parse("2001:db8:1:3::1"), 1), out _), Is.True);
    }

    [Test]
    public void Full_table_forgets_the_oldest_and_keeps_the_newest()
    {
        Fail("first", Here, 10);
        for (var index = 0; index < LoginLimiter.EntriesMax; index++)
        {
            _clock.Advance(TimeSpan.FromTicks(1));
            Fail($"user{index}", Here, 1);
        }

        Fail("last", Here, 10);
        Assert.That(_limiter.MayTry("first", Here, out _), Is.True);
        Assert.That(_limiter.MayTry("last", Here, out _), Is.False);
    }

    private void Fail(string user, EndPoint from, int times)
    {
        for (var count = 0; count < times; count++)
            _limiter.Fail(user, from);
    }
}
