using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Approval;
using JitProxy.Server.Admin.Contract;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>The query of a request, value by value. The first that does not read is the fault; what nobody asked for is one, too.</summary>
internal sealed class QueryValues(IQueryCollection query)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Why the query cannot be used; null when all is well.</summary>
    public Problem? Fault { get; private set; }

    /// <summary>A text; null when it is not there or empty.</summary>
    public string? Text(string name)
    {
        _asked.Add(name);
        if (query[name].Count > 1)
            Fail($"\"{name}\" is there {query[name].Count} times", "Say it once; several values go with commas where the parameter takes them.");
        return query[name].ToString() is { Length: > 0 } text ? text : null;
    }

    /// <summary>true or false.</summary>
    public bool? Flag(string name)
    {
        var text = Text(name);
        if (text is not (null or "true" or "false"))
            Fail($"{name}: \"{text}\" is neither true nor false");
        return text is null ? null : text == "true";
    }

    /// <summary>A whole number that is not negative.</summary>
    public long? Number(string name, string? what = null)
    {
        if (Text(name) is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        Fail($"\"{text}\" is not {what ?? $"a number for {name}"}");
        return null;
    }

    /// <summary>A time.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
            return null;
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time))
            return time;
        Fail($"\"{text}\" is not a time", "Write 2026-05-01T08:00:00Z.");
        return null;
    }

    /// <summary>Words with commas between them, each one of those that are known.</summary>
    public ImmutableArray<T> Words<T>(string name, string what, IReadOnlyDictionary<string, T> known)
    {
        if (Text(name) is not { } text)
            return [];
        var found = ImmutableArray.CreateBuilder<T>();
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (known.TryGetValue(word, out var value))
                found.Add(value);
            else
                Fail($"\"{word}\" is not {what}", Suggest(word, [.. known.Keys]));
        }

        return found.ToImmutable();
    }

    /// <summary>Notes a fault; the first one counts.</summary>
    public void Fail(string title, string? hint = null) => Fault ??= new(title, StatusCodes.Status400BadRequest, null, hint);

    /// <summary>To be called when everything was asked for: a parameter with a wrong name must not be taken for no restriction.</summary>
    public Problem? Finish()
    {
        foreach (var name in query.Keys)
        {
            if (!_asked.Contains(name))
                Fail($"there is no parameter \"{name}\"", Suggest(name, _asked));
        }

        return Fault;
    }

    /// <summary>The address of the next page: this one with another cursor.</summary>
    public static string Next(HttpRequest request, string cursor)
    {
        var parts = request.Query.Where(static pair => pair.Key != "cursor").Select(static pair => (Name: pair.Key, Value: pair.Value.ToString()));
        var written = parts.Append((Name: "cursor", Value: cursor))
            .Select(static part => $"{Uri.EscapeDataString(part.Name)}={Uri.EscapeDataString(part.Value)}");
        return $"{request.Path}?{string.Join('&', written)}";
    }

    private static string Suggest(string word, IReadOnlyCollection<string> known) =>
        NearestName.Find(word, known) is { } near ? $"Did you mean {near}?" : $"There are: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";
}
