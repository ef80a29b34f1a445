using JitProxy.Policy.Masking;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class MaskAlgorithmTests
{
    // From the strictest down; the last group has no order within.
    private static readonly MaskAlgorithm[] Ordered = [MaskAlgorithm.Null, MaskAlgorithm.Full, new(MaskKind.Hash), new(MaskKind.Md5)];

    private static readonly MaskAlgorithm[] Partial =
    [
        new(MaskKind.Range) { Ranges = [new(0, 4)] }, new(MaskKind.Range) { Ranges = [new(0, 5)] },
        new(MaskKind.InnerOuter) { Prefix = 1 }, new(MaskKind.InnerOuter) { Prefix = 2 },
        new(MaskKind.DateTrunc) { Unit = DateUnit.Year }, new(MaskKind.DateTrunc) { Unit = DateUnit.Month },
        new(MaskKind.Round) { Step = 10 }, new(MaskKind.Round) { Step = 100 },
    ];

    [Test]
    public void Stricter_of_two_is_the_same_both_ways_and_never_laxer()
    {
        MaskAlgorithm?[] all = [.. Ordered, .. Partial, null];
        foreach (var left in all)
        {
            foreach (var right in all)
            {
                var stricter = MaskAlgorithm.Stricter(left, right);
                Assert.That(stricter, Is.EqualTo(MaskAlgorithm.Stricter(right, left)), $"{left} and {right}");
                foreach (var third in all)
                {
                    var strictest = MaskAlgorithm.Stricter(stricter, third);
                    foreach (var one in new[] { left, right, third })
                        Assert.That(MaskAlgorithm.Stricter(strictest, one), Is.EqualTo(strictest), $"{left}, {right}, {third}: {one}");
                }
            }

            Assert.That(MaskAlgorithm.Stricter(left, left), Is.EqualTo(left));
            Assert.That(MaskAlgorithm.Stricter(left, null), Is.EqualTo(left));
        }
    }

    [Test]
    public void Order_is_null_full_hash_md5_and_the_rest()
    {
        for (var i = 0; i < Ordered.Length; i++)
        {
            foreach (var laxer in Ordered[i..].Concat(Partial))
                Assert.That(MaskAlgorithm.Stricter(laxer, Ordered[i]), Is.EqualTo(Ordered[i]));
        }
    }

    [Test]
    public void Two_that_show_different_parts_become_full()
    {
        foreach (var left in Partial)
        {
            foreach (var right in Partial)
                Assert.That(MaskAlgorithm.Stricter(left, right), Is.EqualTo(left == right ? left : MaskAlgorithm.Full));
        }
    }

    [Test]
    public void Algorithms_are_equal_by_value()
    {
        Assert.That(new MaskAlgorithm(MaskKind.Range) { Ranges = [new(0, 4)] }, Is.EqualTo(Partial[0]));
        Assert.That(new MaskAlgorithm(MaskKind.Range) { Ranges = [new(0, 4)] }.GetHashCode(), Is.EqualTo(Partial[0].GetHashCode()));
        Assert.That(Partial, Is.Unique);
        Assert.That(new MaskAlgorithm(MaskKind.Hash) { Salt = "a" }, Is.Not.EqualTo(new MaskAlgorithm(MaskKind.Hash) { Salt = "b" }));
    }

    [Test]
    public void Text_of_an_algorithm_keeps_its_salt_to_itself() =>
        Assert.That($"{new MaskAlgorithm(MaskKind.Hash) { Salt = "pepper" }}", Is.EqualTo("hash"));

    [Test]
    public void Bad_parameters_are_named()
    {
        Assert.That(new MaskAlgorithm(MaskKind.Range).Objection, Does.Contain("ranges"));
        Assert.That(new MaskAlgorithm(MaskKind.Range) { Ranges = [new(4, 2)] }.Objection, Does.Contain("4 to 2"));
        Assert.That(new MaskAlgorithm(MaskKind.Range) { Ranges = [new(-2, -4)] }.Objection, Does.Contain("-2 to -4"));
        Assert.That(new MaskAlgorithm(MaskKind.Range) { Ranges = [new(0, 2, "")] }.Objection, Does.Contain("empty"));
        Assert.That(new MaskAlgorithm(MaskKind.Range) { Ranges = [.. Enumerable.Repeat(new MaskRange(0, 1), 17)] }.Objection, Does.Contain("16"));
        Assert.That(new MaskAlgorithm(MaskKind.InnerOuter) { Suffix = -1 }.Objection, Does.Contain("negative"));
        Assert.That(new MaskAlgorithm(MaskKind.InnerOuter) { Side = MaskSide.Outer }.Objection, Does.Contain("nothing"));
        Assert.That(new MaskAlgorithm(MaskKind.Round).Objection, Does.Contain("step"));
        Assert.That(new MaskAlgorithm(MaskKind.Full) { Substitution = new('x', 17) }.Objection, Does.Contain("16"));
        Assert.That(new MaskAlgorithm(MaskKind.Full) { Substitution = "a\nb" }.Objection, Does.Contain("control"));
        Assert.That(new MaskAlgorithm(MaskKind.Md5) { Salt = "" }.Objection, Does.Contain("salt"));
        Assert.That(Ordered.Concat(Partial).Select(a => a.Objection), Is.All.Null);
    }

    [Test]
    public void Names_are_those_of_the_configuration() =>
        Assert.That(
            Enum.GetValues<MaskKind>().Select(k => new MaskAlgorithm(k).Name),
            Is.EqualTo(new[] { "null", "full", "hash", "md5", "range", "inner_outer", "date_trunc", "round" }));
}
