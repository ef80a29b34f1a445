using JitProxy.Server.Sessions;
using JitProxy.Server.Tests.Decide;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions;

/// <summary>When the memory of sessions that rest is given back.</summary>
[TestFixture]
internal sealed class RestCollectorTests
{
    private int _collected;

    [SetUp]
    public void Start() => _collected = 0;

    [Test]
    public void Once_a_wave_is_over_and_not_again_within_a_minute()
    {
        var clock = new SettableClock(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        using var collector = new RestCollector(clock, () => _collected++);
        Note(collector, RestCollector.CountMin - 1);
        Look();
        Look();
        Assert.That(_collected, Is.EqualTo(1), "a look collects what there is; the timer that looks begins with enough of them");

        Note(collector, RestCollector.CountMin);
        clock.Now += RestCollector.Interval;
        Look();
        Note(collector, 1);
        Look();
        Assert.That(_collected, Is.EqualTo(1), "more follow");
        Look();
        Assert.That(_collected, Is.EqualTo(2));
        Note(collector, 1);
        Look();
        Look();
        Assert.That(_collected, Is.EqualTo(2), "not twice a minute");

        void Look() => collector.Look();
    }

    private static void Note(RestCollector collector, int count)
    {
        for (var i = 0; i < count; i++)
            collector.Note();
    }
}
