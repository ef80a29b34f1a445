using JitProxy.Server.Accept;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Accept;

internal sealed class ReadinessTests
{
    private Readiness _readiness;

    [SetUp]
    public void Start() => _readiness = default;

    [Test]
    public void Event_before_the_wait_is_kept()
    {
        Assert.That(_readiness.Signal(), Is.False);
        Assert.That(_readiness.IsReady, Is.True);
        Assert.That(_readiness.TryArm(), Is.False);
    }

    [Test]
    public void Event_during_the_wait_wakes_once()
    {
        Assert.That(_readiness.TryArm(), Is.True);
        Assert.That(_readiness.Signal(), Is.True);
        Assert.That(_readiness.Signal(), Is.False);
        Assert.That(_readiness.TryDisarm(), Is.False);
    }

    [Test]
    public void Wait_taken_back_is_not_woken()
    {
        Assert.That(_readiness.TryArm(), Is.True);
        Assert.That(_readiness.TryDisarm(), Is.True);
        Assert.That(_readiness.Signal(), Is.False);
    }

    [Test]
    public void Event_is_forgotten_only_when_asked()
    {
        _readiness.Signal();
        _readiness.Clear();
        Assert.That(_readiness.IsReady, Is.False);
        Assert.That(_readiness.TryArm(), Is.True);
        _readiness.Clear();
        Assert.That(_readiness.Signal(), Is.True, "clearing must not end a wait");
    }

    [Test]
    public async Task Racing_waiter_and_events_lose_no_wake_up()
    {
        // Every round the waiter needs one event, which comes at any moment around the arming.
        const int Rounds = 100_000;
        var round = 0;
        var woken = 0;
        var events = Task.Run(() =>
        {
            for (var i = 1; i <= Rounds; i++)
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref round) >= i);
                if (_readiness.Signal())
                    Volatile.Write(ref woken, i);
            }
        });
        var lost = await Task.Run(() =>
        {
            for (var i = 1; i <= Rounds; i++)
            {
                _readiness.Clear();
                Volatile.Write(ref round, i);
                if (_readiness.TryArm() && !SpinWait.SpinUntil(() => Volatile.Read(ref woken) == i, TransportFixture.Soon))
                    return i;

                if (!_readiness.IsReady)
                    return i;
            }

            return 0;
        });

        Assert.That(lost, Is.Zero);
        await events;
    }
}
