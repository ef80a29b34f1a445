// What the parts of the configuration have in common while they are read: values with their faults, and paths.
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using JitProxy.Policy.Approval;

namespace JitProxy.Server.Configuration;

/// <summary>Turns nodes into values. Every method gives null after it noted a fault.</summary>
/// <param name="faults">Where faults go.</param>
/// <param name="text">The file's text, for places inside a value.</param>
/// <param name="directory">What paths are relative to; absolute.</param>
internal sealed class Reading(FaultList faults, string text, string directory)
{
    /// <summary>Where faults go.</summary>
    public FaultList Faults => faults;

    /// <summary>The value's text; an empty one is a fault.</summary>
    public string? Text(ConfigurationNode node)
    {
        if (node is ScalarNode { IsFaulty: true })
            return null;

        if (node is ScalarNode { IsNull: false, Text.Length: > 0 } scalar)
            return scalar.Text;

        faults.Add(node, node is ScalarNode ? "a value is missing" : "one value is expected here, not a list or keys");
        return null;
    }

    /// <summary>true or false.</summary>
    public bool? Flag(ConfigurationNode node)
    {
        if (Text(node) is not { } value)
            return null;

        if (value is "true" or "false")
            return value == "true";

        faults.Add(node, $"\"{Raw(node)}\" is neither true nor false");
        return null;
    }

    /// <summary>One of these words.</summary>
    public T? Choice<T>(ConfigurationNode node, params ReadOnlySpan<(string Word, T Value)> choices)
        where T : struct
    {
        if (Text(node) is not { } value)
            return null;

        foreach (var (word, choice) in choices)
        {
            if (word == value)
                return choice;
        }

        var words = new string[choices.Length];
        for (var i = 0; i < words.Length; i++)
            words[i] = choices[i].Word;

        faults.Add(node, $"unknown value \"{Raw(node)}\"; {Suggest(value, words)}");
        return null;
    }

    /// <summary>A whole number in a range.</summary>
    public long? Number(ConfigurationNode node, long min, long max)
    {
        if (Text(node) is not { } value)
            return null;

        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;

        faults.Add(node, string.Create(CultureInfo.InvariantCulture, $"\"{Raw(node)}\" is not a whole number from {min} to {max}"));
        return null;
    }

    /// <summary>A number of bytes, at most <paramref name="max"/>.</summary>
    public long? Size(ConfigurationNode node, long max)
    {
        if (Text(node) is not { } value)
            return null;

        if (Units.TryParseSize(value, out var size) && size <= max)
            return size;

        faults.Add(node, size > max ? $"\"{Raw(node)}\" is more than the {max} bytes possible" : $"\"{Raw(node)}\" is not a size; {Units.SizeWords}");
        return null;
    }

    /// <summary>A positive duration.</summary>
    public TimeSpan? Duration(ConfigurationNode node)
    {
        if (Text(node) is not { } value)
            return null;

        if (Units.TryParseDuration(value, out var duration))
            return duration;

        faults.Add(node, $"\"{Raw(node)}\" is not a duration; {Units.DurationWords}");
        return null;
    }

    /// <summary>A date (its first moment, UTC) or a time.</summary>
    public DateTimeOffset? Time(ConfigurationNode node)
    {
        if (Text(node) is not { } value)
            return null;

        string[] formats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"];
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(value, formats, CultureInfo.InvariantCulture, Utc, out var time))
            return time;

        faults.Add(node, $"\"{Raw(node)}\" is not a date; write 2027-01-31, or 2027-01-31T18:00:00Z");
        return null;
    }

    /// <summary>A list of texts, possibly empty, without duplicates.</summary>
    public ImmutableArray<string>? Names(ConfigurationNode node)
    {
        if (Items(node) is not { } items)
            return null;

        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var item in items)
        {
            if (Text(item) is not { } name)
                continue;

            if (names.Contains(name))
                faults.Add(item, $"\"{Raw(item)}\" is twice in this list");
            else
                names.Add(name);
        }

        return names.ToImmutable();
    }

    /// <summary>The items of a list.</summary>
    public ImmutableArray<ConfigurationNode>? Items(ConfigurationNode node)
    {
        if (node is SequenceNode sequence)
            return sequence.Items;

        faults.Add(node, "a list is expected here, as in [a, b]");
        return null;
    }

    /// <summary>Keys with values.</summary>
    public Section? Section(ConfigurationNode node, string name)
    {
        if (node is MappingNode mapping)
            return new(mapping, name, faults);

        faults.Add(node, $"{name} must hold keys and values");
        return null;
    }

    /// <summary>An address to listen on.</summary>
    public IPEndPoint? Endpoint(ConfigurationNode node)
    {
        if (Text(node) is not { } value)
            return null;

        var colon = value.LastIndexOf(':');
        var host = colon < 0 ? "" : value[..colon] switch
        {
            "localhost" => "127.0.0.1",
            "*" => "0.0.0.0",
            var other => other.Trim('[', ']'),
        };
        if (IPAddress.TryParse(host, out var address)
            && ushort.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return new(address, port);

        faults.Add(node, $"\"{Raw(node)}\" is not an address to listen on; write IP:PORT, as in 127.0.0.1:6432, [::1]:6432 or 0.0.0.0:6432");
        return null;
    }

    /// <summary>An absolute path; relative ones start at the file's directory.</summary>
    public string? Location(ConfigurationNode node) => Text(node) is { } value ? Path.GetFullPath(value, directory) : null;

    /// <summary>The absolute path of a file that exists.</summary>
    public string? ExistingFile(ConfigurationNode node)
    {
        if (Location(node) is not { } path)
            return null;

        if (File.Exists(path))
            return path;

        faults.Add(node, $"there is no file {path}");
        return null;
    }

    /// <summary>A condition; a fault in it gets its own place.</summary>
    public Condition? Condition(ConfigurationNode node, ConditionScope scope)
    {
        if (Text(node) is not { } value)
            return null;

        if (Policy.Approval.Condition.TryParse(value, scope, out var condition, out var fault))
            return condition;

        var scalar = (ScalarNode)node;
        var (line, column) = TextPlace.Find(text, scalar, fault.Offset);
        faults.Add(line, column, $"condition: {fault.Message}");
        return null;
    }

    /// <summary>`did you mean`, or the list of what there is.</summary>
    public static string Suggest(string name, IReadOnlyCollection<string> known) =>
        NearestName.Find(name, known) is { } near ? $"did you mean \"{near}\"?"
        : known.Count == 0 ? "none is defined"
        : $"expected {string.Join(", ", known)}";

    /// <summary>The text as written, for faults.</summary>
    public static string Raw(ConfigurationNode node) => node is ScalarNode scalar ? scalar.Raw : "";
}
