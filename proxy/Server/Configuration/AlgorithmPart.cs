using System.Collections.Immutable;
using JitProxy.Policy.Masking;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `masking.semantic_types.NAME`.</summary>
internal static class AlgorithmPart
{
    private const int LengthMax = 1_000_000;

    /// <summary>One algorithm with the parameters that it takes; others are unknown keys.</summary>
    public static MaskAlgorithm? Read(Reading reading, Section section)
    {
        if (section.Require("algorithm") is not { } node)
            return null;

        var kind = reading.Choice(
            node,
            ("full", MaskKind.Full),
            ("range", MaskKind.Range),
            ("hash", MaskKind.Hash),
            ("md5", MaskKind.Md5),
            ("inner_outer", MaskKind.InnerOuter),
            ("null", MaskKind.Null),
            ("date_trunc", MaskKind.DateTrunc),
            ("round", MaskKind.Round));
        if (kind is null)
            return null;

        var algorithm = ReadParameters(reading, section, kind.Value);
        section.Close();
        if (algorithm?.Objection is { } objection)
            reading.Faults.Add(section.Node, $"{section.Name}: {objection}");

        return algorithm;
    }

    private static MaskAlgorithm? ReadParameters(Reading reading, Section section, MaskKind kind)
    {
        var algorithm = new MaskAlgorithm(kind);
        return kind switch
        {
            MaskKind.Null => algorithm,
            MaskKind.Full => algorithm with { Substitution = Text(reading, section, "substitution") },
            MaskKind.Hash or MaskKind.Md5 => algorithm with { Salt = Text(reading, section, "salt") },
            MaskKind.Range => algorithm with { Substitution = Text(reading, section, "substitution"), Ranges = ReadRanges(reading, section) },
            MaskKind.InnerOuter => algorithm with
            {
                Prefix = Number(reading, section, "prefix", 0, LengthMax) ?? 0,
                Suffix = Number(reading, section, "suffix", 0, LengthMax) ?? 0,
                Side = section.Find("type") is { } side
                    ? reading.Choice(side, ("inner", MaskSide.Inner), ("outer", MaskSide.Outer)) ?? MaskSide.Inner
                    : MaskSide.Inner,
                Substitution = Text(reading, section, "substitution"),
            },
            MaskKind.DateTrunc => section.Require("unit") is { } unit ? algorithm with { Unit = ReadUnit(reading, unit) } : null,
            MaskKind.Round => ReadRound(reading, section),
        };
    }

    private static DateUnit ReadUnit(Reading reading, ConfigurationNode node) => reading.Choice(
        node,
        ("century", DateUnit.Century),
        ("decade", DateUnit.Decade),
        ("year", DateUnit.Year),
        ("quarter", DateUnit.Quarter),
        ("month", DateUnit.Month),
        ("week", DateUnit.Week),
        ("day", DateUnit.Day),
        ("hour", DateUnit.Hour)) ?? DateUnit.Century;

    private static MaskAlgorithm? ReadRound(Reading reading, Section section)
    {
        var digits = section.Require("digits") is { } node ? (int?)reading.Number(node, -28, 28) : null;
        return digits is not null && MaskAlgorithm.TryRoundToDigits(digits.Value, out var algorithm) ? algorithm : null;
    }

    private static ImmutableArray<MaskRange> ReadRanges(Reading reading, Section section)
    {
        var ranges = ImmutableArray.CreateBuilder<MaskRange>();
        foreach (var item in section.Require("ranges") is { } node ? reading.Items(node) ?? [] : [])
        {
            if (reading.Section(item, "a range") is not { } range)
                continue;

            var start = range.Require("start") is { } startNode ? (int?)reading.Number(startNode, -LengthMax, LengthMax) : null;
            var end = Number(reading, range, "end", -LengthMax, LengthMax);
            var substitution = Text(reading, range, "substitution");
            range.Close();
            if (start is not null)
                ranges.Add(new(start.Value, end, substitution));
        }

        return ranges.ToImmutable();
    }

    private static string? Text(Reading reading, Section section, string key) => section.Find(key) is { } node ? reading.Text(node) : null;

    private static int? Number(Reading reading, Section section, string key, long min, long max) =>
        section.Find(key) is { } node ? (int?)reading.Number(node, min, max) : null;
}
