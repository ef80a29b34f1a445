// The functions of the condition language. Arguments that must be constant are turned into values when the rule is loaded.
using System.Globalization;
using System.Text.RegularExpressions;

namespace JitProxy.Policy.Approval;

/// <summary>Methods of strings, <c>timestamp()</c> and <c>duration()</c>.</summary>
internal static class ConditionFunctions
{
    private static readonly string[] Methods = ["matches", "startsWith", "endsWith", "contains"];
    private static readonly string[] Functions = ["timestamp", "duration"];

    /// <summary>The term of a call. Null after a fault: either the checker's own, or the one in <paramref name="fault"/>.</summary>
    public static ConditionTerm? Check(ConditionChecker checker, CallNode call, out ConditionFault? fault)
    {
        fault = null;
        var known = call.IsMethod ? Methods : Functions;
        if (!known.Contains(call.Name, StringComparer.Ordinal))
        {
            var near = NearestName.Find(call.Name, known);
            fault = new(call.Offset, $"unknown function {call.Name}; {(near is null ? "known are " + string.Join(", ", known) : $"did you mean {near}?")}");
            return null;
        }

        var count = call.IsMethod ? 2 : 1;
        if (call.Arguments.Length != count)
        {
            fault = new(call.Offset, $"{call.Name} takes one argument in brackets");
            return null;
        }

        return call.IsMethod ? CheckMethod(checker, call, out fault) : CheckConstant(checker, call, out fault);
    }

    /// <summary>The sum; null when it does not fit.</summary>
    public static object? Add(decimal a, decimal b)
    {
        try
        {
            return a + b;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>The later time; null when it is out of the calendar.</summary>
    public static object? Add(DateTimeOffset time, TimeSpan duration)
    {
        try
        {
            return time + duration;
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>The sum; null when it does not fit.</summary>
    public static object? Add(TimeSpan a, TimeSpan b)
    {
        try
        {
            return a + b;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static ConditionTerm? CheckMethod(ConditionChecker checker, CallNode call, out ConditionFault? fault)
    {
        fault = null;
        if (checker.Check(call.Arguments[0], ConditionType.Text, $"what {call.Name} is called on") is not { } target
            || checker.Check(call.Arguments[1], ConditionType.Text, $"the argument of {call.Name}") is not { } argument)
        {
            return null;
        }

        if (call.Name == "matches")
            return CheckMatches(call.Arguments[1], target, out fault);

        Func<string, string, bool> test = call.Name switch
        {
            "startsWith" => static (text, part) => text.StartsWith(part, StringComparison.Ordinal),
            "endsWith" => static (text, part) => text.EndsWith(part, StringComparison.Ordinal),
            _ => static (text, part) => text.Contains(part, StringComparison.Ordinal),
        };
        return new(ConditionType.Bool, v => target.Read(v) is string text && argument.Read(v) is string part ? test(text, part) : null);
    }

    // Rules match names with patterns; statements are never decided by one. The non-backtracking engine takes linear time, as CEL's RE2 does.
#pragma warning disable RS0030
    private static ConditionTerm? CheckMatches(ConditionNode node, ConditionTerm target, out ConditionFault? fault)
    {
        fault = null;
        if (node is not LiteralNode { Value: string pattern })
        {
            fault = new(node.Offset, "the pattern of matches must be written out, so that it can be checked now");
            return null;
        }

        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(100));
            return new(ConditionType.Bool, v => target.Read(v) is string text ? IsMatch(regex, text) : null);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            fault = new(node.Offset, $"not a pattern: {e.Message}");
            return null;
        }
    }

    private static bool? IsMatch(Regex regex, string text)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }
#pragma warning restore RS0030

    private static ConditionTerm? CheckConstant(ConditionChecker checker, CallNode call, out ConditionFault? fault)
    {
        fault = null;
        var node = call.Arguments[0];
        if (checker.Check(node, ConditionType.Text, $"the argument of {call.Name}") is null)
            return null;

        if (node is not LiteralNode { Value: string text })
        {
            fault = new(node.Offset, $"the argument of {call.Name} must be written out, so that it can be checked now");
            return null;
        }

        if (call.Name == "timestamp")
        {
            if (TryParseTime(text, out var time))
                return ConditionTerm.Constant(ConditionType.Time, time);

            fault = new(node.Offset, $"\"{text}\" is not a time; write 2027-01-31 or 2027-01-31T08:00:00Z");
            return null;
        }

        if (TryParseDuration(text, out var duration))
            return ConditionTerm.Constant(ConditionType.Duration, duration);

        fault = new(node.Offset, $"\"{text}\" is not a duration; write 30s, 4h or 7d");
        return null;
    }

    private static bool TryParseTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text,
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out time);

    // As CEL writes them, 1h30m, with d for days. At most one part per unit would be stricter than CEL.
    private static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        if (rest.IsEmpty)
            return false;

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is <= 0 or > 9)
                return false;

            var amount = long.Parse(rest[..digits], CultureInfo.InvariantCulture);
            var unitSize = rest[digits..].StartsWith("ms") ? 2 : 1;
            var unit = rest.Slice(digits, unitSize) switch
            {
                "ms" => TimeSpan.TicksPerMillisecond,
                "s" => TimeSpan.TicksPerSecond,
                "m" => TimeSpan.TicksPerMinute,
                "h" => TimeSpan.TicksPerHour,
                "d" => TimeSpan.TicksPerDay,
                _ => 0,
            };
            // Ten thousand years in days need seven digits; more would overflow.
            if (unit == 0 || amount > TimeSpan.MaxValue.Ticks / unit / 1000)
                return false;

            duration += new TimeSpan(amount * unit);
            rest = rest[(digits + unitSize)..];
        }

        return true;
    }
}
