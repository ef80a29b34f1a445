using JitProxy.Policy.Grants;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

[TestFixture]
internal sealed class PersistentMapTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void It_answers_like_a_dictionary(int seed)
    {
        var random = new Random(seed);
        var map = PersistentMap<Key, int>.Empty;
        var model = new Dictionary<Key, int>();
        for (var i = 0; i < 5_000; i++)
        {
            var key = new Key(random.Next(2_000), random.Next(3));
            model[key] = i;
            map = map.With(key, i);
        }

        Assert.That(map.Count, Is.EqualTo(model.Count));
        Assert.That(map.Values.Order(), Is.EqualTo(model.Values.Order()));
        Assert.That(model.All(pair => map.TryGet(pair.Key, out var value) && value == pair.Value), Is.True);
        Assert.That(map.TryGet(new(-1, 0), out _), Is.False);
    }

    [Test]
    public void Keys_with_equal_hashes_stay_apart()
    {
        var map = PersistentMap<Key, string>.Empty.With(new(1, 7), "a").With(new(2, 7), "b").With(new(3, 7), "c").With(new(2, 7), "d");

        Assert.That(map.Count, Is.EqualTo(3));
        Assert.That(map.TryGet(new(2, 7), out var value) ? value : null, Is.EqualTo("d"));
        Assert.That(map.TryGet(new(4, 7), out _), Is.False);
    }

    [Test]
    public void A_changed_copy_leaves_the_original_as_it_was()
    {
        var original = PersistentMap<long, int>.Empty;
        for (var i = 0; i < 1_000; i++)
            original = original.With(i, i);

        var changed = original.With(500, -1).With(5_000, 5_000);

        Assert.That(original.TryGet(500, out var value) ? value : 0, Is.EqualTo(500));
        Assert.That(original.TryGet(5_000, out _), Is.False);
        Assert.That((original.Count, changed.Count), Is.EqualTo((1_000, 1_001)));
    }

    [Test]
    public void Building_in_place_does_not_touch_what_was_shared_before()
    {
        var shared = PersistentMap<long, int>.Empty.With(1, 1).With(2, 2);
        var owner = new object();
        var built = shared;
        for (var i = 0; i < 1_000; i++)
            built = built.With(i, -i, owner);

        Assert.That(shared.Values.Order(), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(built.Values.Order(), Is.EqualTo(Enumerable.Range(0, 1_000).Select(i => -i).Order()));
    }

    // Hashes that collide in their low bits, in all but their high bits, and wholly.
    private readonly record struct Key(int Id, int Family) : IEquatable<Key>
    {
        public override int GetHashCode() => Family switch { 0 => Id, 1 => Id << 20, _ => 7 + (Id % 3) };
    }
}
