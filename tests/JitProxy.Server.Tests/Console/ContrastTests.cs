using System.Globalization;
using JitProxy.Server.Console;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Console;

/// <summary>WCAG 2.1: text has a contrast of 4.5 to 1 against its ground, edges of fields and focus 3 to 1, by light and by dark.</summary>
public sealed class ContrastTests
{
    private static readonly (string Ink, string Ground, double Least)[] Pairs =
    [
        .. new[] { "ink", "dim", "link" }.SelectMany(static ink => new[] { "ground", "card", "sunk" }.Select(ground => (ink, ground, 4.5))),
        .. new[] { "key", "string", "number", "comment", "bad" }.Select(static ink => (ink, "sunk", 4.5)),
        .. new[] { "good", "wait", "bad", "flag", "masked" }.Select(static ink => (ink, $"{ink}-ground", 4.5)),
        ("on-accent", "accent", 4.5), ("mark", "mark-ground", 4.5), ("bad", "card", 4.5), ("flag", "card", 4.5), ("wait", "ground", 4.5), ("dim", "masked-ground", 4.5),
        ("edge", "card", 3), ("edge", "ground", 3), ("accent", "card", 3), ("accent", "ground", 3),
    ];

    [TestCase(false)]
    [TestCase(true)]
    public void Every_pair_of_colours_is_easy_to_read(bool isDark)
    {
        var colours = Read(isDark);
        foreach (var (ink, ground, least) in Pairs)
            Assert.That(Contrast(colours[ink], colours[ground]), Is.GreaterThanOrEqualTo(least), $"{ink} on {ground}");
    }

    [Test]
    public void There_are_no_colours_beside_the_pairs()
    {
        var rules = Assets.TextOf("console.css").Split('\n').Where(static l => !l.TrimStart().StartsWith("--", StringComparison.Ordinal)).ToList();
        Assert.That(rules.Where(static l => l.Contains('#', StringComparison.Ordinal) || l.Contains("rgb", StringComparison.Ordinal)), Is.Empty);
    }

    private static Dictionary<string, string> Read(bool isDark)
    {
        // The second list, for the dark, replaces what it names of the first.
        var colours = new Dictionary<string, string>(StringComparer.Ordinal);
        var lists = Assets.TextOf("console.css").Split(":root {");
        foreach (var entry in lists.Skip(1).Take(isDark ? 2 : 1).SelectMany(static l => l.Split('}')[0].Split(';')).Select(static e => e.Trim()).Where(static e => e.StartsWith("--", StringComparison.Ordinal)))
            colours[entry[2..entry.IndexOf(':', StringComparison.Ordinal)]] = entry[(entry.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();

        return colours;
    }

    private static double Contrast(string one, string other)
    {
        var (light, dark) = (Math.Max(Luminance(one), Luminance(other)), Math.Min(Luminance(one), Luminance(other)));
        return (light + 0.05) / (dark + 0.05);
    }

    private static double Luminance(string colour)
    {
        var parts = Enumerable.Range(0, 3).Select(i => int.Parse(colour.AsSpan(1 + (2 * i), 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
            .Select(static c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }
}
