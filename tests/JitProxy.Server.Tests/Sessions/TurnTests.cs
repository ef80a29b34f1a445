using JitProxy.Server.Sessions;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions;

/// <summary>The turn that keeps two directions of a session from writing at once.</summary>
public sealed class TurnTests
{
    [Test]
    public void A_held_turn_is_not_taken()
    {
        var turn = new Turn();
        Assert.That(turn.TryTake());
        Assert.That(turn.TryTake(), Is.False);
        turn.GiveBack();
        Assert.That(turn.TryTake());
    }

    [Test]
    public async Task Those_who_wait_get_it_in_their_order()
    {
        var turn = new Turn();
        turn.TryTake();
        var first = turn.TakeAsync(CancellationToken.None);
        var second = turn.TakeAsync(CancellationToken.None);
        turn.GiveBack();
        await first;
        Assert.That((second.IsCompleted, turn.TryTake()), Is.EqualTo((false, false)));
        turn.GiveBack();
        await second;
        turn.GiveBack();
        Assert.That(turn.TryTake());
    }

    [Test]
    public async Task Who_was_called_off_does_not_keep_the_others_waiting()
    {
        var turn = new Turn();
        turn.TryTake();
        using var off = new CancellationTokenSource();
        var called = turn.TakeAsync(off.Token);
        var next = turn.TakeAsync(CancellationToken.None);
        await off.CancelAsync();
        Assert.That(async () => await called, Throws.InstanceOf<OperationCanceledException>());
        turn.GiveBack();
        await next;
        turn.GiveBack();
        Assert.That(turn.TryTake());
    }

    [Test]
    public async Task Many_never_hold_it_together()
    {
        var turn = new Turn();
        var holders = 0;
        var most = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                await turn.TakeAsync(CancellationToken.None);
                most = Math.Max(most, Interlocked.Increment(ref holders));
                if (i % 64 == 0)
                    await Task.Yield();
                Interlocked.Decrement(ref holders);
                turn.GiveBack();
            }
        })));
        Assert.That((most, holders), Is.EqualTo((1, 0)));
    }
}
