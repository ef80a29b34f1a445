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
        Assert.That(_limiter.TrySucceed("alice", Here, out _), Is.True);
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
        Fail("first", null, 10);
        for (var index = 0; index < LoginLimiter.EntriesMax; index++)
        {
            _clock.Advance(TimeSpan.FromTicks(1));
            Fail($"user{index}", null, 1);
        }

        Fail("last", null, 10);
        Assert.That(_limiter.MayTry("first", null, out _), Is.True);
        Assert.That(_limiter.MayTry("last", null, out _), Is.False);
    }

    [Test]
    public void Many_names_from_one_address_make_it_wait_and_no_other()
    {
        for (var index = 0; index < LoginLimiter.AddressFailuresFree; index++)
        {
            Assert.That(_limiter.MayTry($"user{index}", Here, out _), Is.True);
            Fail($"user{index}", Here, 1);
        }

        Assert.That(_limiter.MayTry("another", Here, out var wait), Is.False);
        Assert.That(wait, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(_limiter.MayTry("another", There, out _), Is.True);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_limiter.MayTry("another", Here, out _), Is.True, "the wait ends");
        Fail("another", Here, 300);
        Assert.That(_limiter.MayTry("one more", Here, out wait), Is.False);
        Assert.That(wait, Is.EqualTo(TimeSpan.FromMinutes(1)), "and grows to a minute");
    }

    [Test]
    public void Who_signed_in_before_is_not_kept_out_by_a_neighbours_failures()
    {
        Assert.That(_limiter.TrySucceed("alice", Here, out _), Is.True);
        for (var index = 0; index < 2 * LoginLimiter.AddressFailuresFree; index++)
            Fail($"user{index}", Here, 1);

        Assert.That(_limiter.MayTry("bob", Here, out _), Is.False);
        Assert.That(_limiter.MayTry("alice", Here, out _), Is.True);
        Assert.That(_limiter.TrySucceed("alice", Here, out _), Is.True);
        Fail("alice", Here, 10);
        Assert.That(_limiter.MayTry("alice", Here, out _), Is.False, "but by the own ones");
    }

    [Test]
    public void Right_secret_among_many_guesses_at_once_does_not_help()
    {
        Assert.That(_limiter.MayTry("alice", Here, out _), Is.True, "all of them began when there were no failures");
        Fail("alice", Here, 10);

        Assert.That(_limiter.TrySucceed("alice", Here, out var wait), Is.False);
        Assert.That(wait, Is.EqualTo(TimeSpan.FromSeconds(10)));
        _clock.Advance(wait);
        Assert.That(_limiter.TrySucceed("alice", Here, out _), Is.True);
    }

    [Test]
    public void Clients_of_a_local_socket_do_not_share_a_limit()
    {
        for (var index = 0; index < 2 * LoginLimiter.AddressFailuresFree; index++)
            _limiter.Fail($"user{index}", null);

        Assert.That(_limiter.MayTry("alice", null, out _), Is.True);
    }

    [Test]
    public void Memory_is_bounded_whoever_fails_or_succeeds_from_wherever()
    {
        for (var index = 0; index < LoginLimiter.EntriesMax + 1000; index++)
        {
            _clock.Advance(TimeSpan.FromTicks(1));
            var from = new IPEndPoint(new IPAddress(0x0A000000L + index), 1);
            _limiter.TrySucceed($"user{index}", from, out _);
            _limiter.Fail($"user{index}", from);
        }

        var (pairs, addresses) = _limiter.Count;
        Assert.That(pairs, Is.LessThanOrEqualTo(LoginLimiter.EntriesMax));
        Assert.That(addresses, Is.LessThanOrEqualTo(LoginLimiter.AddressesMax));
    }

    private void Fail(string user, EndPoint? from, int times)
    {
        for (var count = 0; count < times; count++)
            _limiter.Fail(user, from);
    }
}
