using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace JitProxy.Policy.Grants;

/// <summary>What a parameter of an approved statement may be: <c>1=int:1..100</c>, <c>2=text:in(a,b)</c>, or one value, <c>3=open</c>.</summary>
/// <remarks>NULL is never allowed: it is no value of a range, and of no list.</remarks>
public sealed class ParameterRule
{
    /// <summary>The most rules of one grant.</summary>
    public const int CountMax = 64;

    /// <summary>The longest rule, in UTF-16 units.</summary>
    public const int LengthMax = 2000;

    private const string Int = "int:";
    private const string Text = "text:in(";
    private readonly (long From, long To)? _range;
    private readonly ImmutableArray<byte[]> _values;

    private ParameterRule(int index, string written, (long From, long To)? range, ImmutableArray<byte[]> values) =>
        (Index, Written, _range, _values) = (index, written, range, values);

    /// <summary>The parameter's number, from 1.</summary>
    public int Index { get; }

    /// <summary>As it was written; what people see and the store keeps.</summary>
    public string Written { get; }

    /// <summary>Reads a rule; false if it is none.</summary>
    public static bool TryParse(string written, [NotNullWhen(true)] out ParameterRule? rule)
    {
        rule = null;
        var equals = written.IndexOf('=', StringComparison.Ordinal);
        if (written.Length > LengthMax || equals < 0 || !int.TryParse(written.AsSpan(0, equals), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || index is < 1 or > ushort.MaxValue || written.Contains('\0', StringComparison.Ordinal))
            return false;

        var value = written[(equals + 1)..];
        if (value.StartsWith(Int, StringComparison.Ordinal))
        {
            if (ReadRange(value[Int.Length..]) is { } range)
                rule = new(index, written, range, []);
        }
        else if (!value.StartsWith("text:", StringComparison.Ordinal))
        {
            rule = new(index, written, null, [Encoding.UTF8.GetBytes(value)]);
        }
        else if (value.StartsWith(Text, StringComparison.Ordinal) && value.EndsWith(')'))
        {
            rule = new(index, written, null, [.. value[Text.Length..^1].Split(',').Select(Encoding.UTF8.GetBytes)]);
        }

        return rule is not null;
    }

    /// <summary>Whether the value, in its text form as UTF-8, is allowed.</summary>
    public bool Allows(ReadOnlySpan<byte> value)
    {
        if (_range is { } range)
        {
            return value.Length is > 0 and <= 20
                && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && number >= range.From
                && number <= range.To;
        }

        foreach (var allowed in _values)
        {
            if (value.SequenceEqual(allowed))
                return true;
        }

        return false;
    }

    // 5, 1..100, 1.. and ..100
    private static (long From, long To)? ReadRange(string text)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
            return Read(text) is { } only ? (only, only) : null;

        var from = dots == 0 ? long.MinValue : Read(text[..dots]);
        var to = dots + 2 == text.Length ? long.MaxValue : Read(text[(dots + 2)..]);
        return text.Length > 2 && from <= to ? (from.Value, to.Value) : null;
    }

    private static long? Read(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
