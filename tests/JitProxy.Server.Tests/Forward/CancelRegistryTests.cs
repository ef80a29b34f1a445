using JitProxy.Server.Forward;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Forward;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CancelRegistryTests
{
    private readonly CancelRegistry _registry = new();
    private int _cancelled;

    [TestCase(false, CancelRegistry.ShortKeySize)]
    [TestCase(true, CancelRegistry.LongKeySize)]
    public void The_right_key_cancels_its_own_session(bool isLong, int size)
    {
        var key = _registry.Register(isLong, () => _cancelled++);

        Assert.That(key.Secret, Has.Length.EqualTo(size));
        Assert.That(_registry.TryCancel(key.ProcessId, key.Secret), Is.True);
        Assert.That(_cancelled, Is.EqualTo(1));
    }

    [Test]
    public void A_wrong_or_shortened_secret_cancels_nothing()
    {
        var key = _registry.Register(true, () => _cancelled++);
        var wrong = key.Secret.ToArray();
        wrong[^1] ^= 1;

        Assert.That(_registry.TryCancel(key.ProcessId, wrong), Is.False);
        Assert.That(_registry.TryCancel(key.ProcessId, key.Secret.AsSpan(0, 4)), Is.False);
        Assert.That(_registry.TryCancel(key.ProcessId, []), Is.False);
        Assert.That(_cancelled, Is.Zero);
    }

    [Test]
    public void The_key_of_a_session_that_is_over_cancels_nothing()
    {
        var key = _registry.Register(false, () => _cancelled++);
        _registry.Remove(key);

        Assert.That(_registry.TryCancel(key.ProcessId, key.Secret), Is.False);
    }

    [Test]
    public void Every_session_has_a_key_of_its_own()
    {
        var keys = Enumerable.Range(0, 1000).Select(_ => _registry.Register(true, static () => { })).ToList();

        Assert.That(keys.Select(static k => k.ProcessId).Distinct().Count(), Is.EqualTo(1000));
        Assert.That(keys.Select(static k => Convert.ToHexString(k.Secret)).Distinct().Count(), Is.EqualTo(1000));
    }
}
