using System.Globalization;

namespace JitProxy.Server.Configuration;

/// <summary>Durations and sizes as people write them: `30s`, `4h`, `7d`, `1000`, `100MiB`.</summary>
internal static class Units
{
    /// <summary>What a duration looks like, for faults.</summary>
    public const string DurationWords = "write a number with ms, s, m, h or d, as in 30s, 4h or 7d";

    /// <summary>What a size looks like, for faults.</summary>
    public const string SizeWords = "write a number of bytes, or one with kB, MB, GB, KiB, MiB or GiB, as in 100MiB";

    /// <summary>A positive duration; one number, one unit.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        var unit = TrySplit(text, out var amount) switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            "d" => TimeSpan.TicksPerDay,
            _ => 0,
        };

        // Ten years are enough for everything here, and keep "now plus this" inside the calendar.
        if (unit == 0 || amount <= 0 || amount > TimeSpan.TicksPerDay * 3660 / unit)
            return false;

        duration = new(amount * unit);
        return true;
    }

    /// <summary>A positive number of bytes.</summary>
    public static bool TryParseSize(string text, out long size)
    {
        size = 0;
        var unit = TrySplit(text, out var amount) switch
        {
            "" or "B" => 1,
            "kB" or "KB" => 1000L,
            "MB" => 1000L * 1000,
            "GB" => 1000L * 1000 * 1000,
            "KiB" => 1L << 10,
            "MiB" => 1L << 20,
            "GiB" => 1L << 30,
            _ => 0,
        };
        if (unit == 0 || amount <= 0 || amount > long.MaxValue / unit)
            return false;

        size = amount * unit;
        return true;
    }

    /// <summary>The shortest of these forms that says the duration exactly.</summary>
    public static string Format(TimeSpan duration) => duration.Ticks switch
    {
        0 => "0s",
        var t when t % TimeSpan.TicksPerDay == 0 => Format(t / TimeSpan.TicksPerDay, "d"),
        var t when t % TimeSpan.TicksPerHour == 0 => Format(t / TimeSpan.TicksPerHour, "h"),
        var t when t % TimeSpan.TicksPerMinute == 0 => Format(t / TimeSpan.TicksPerMinute, "m"),
        var t when t % TimeSpan.TicksPerSecond == 0 => Format(t / TimeSpan.TicksPerSecond, "s"),
        var t => Format(t / TimeSpan.TicksPerMillisecond, "ms"),
    };

    private static string Format(long amount, string unit) => string.Create(CultureInfo.InvariantCulture, $"{amount}{unit}");

    private static string TrySplit(string text, out long amount)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? text.Length : digits;
        return long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out amount) ? text[digits..].TrimStart(' ') : "none";
    }
}
