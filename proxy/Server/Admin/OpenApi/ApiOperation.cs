using System.Collections.Immutable;

namespace JitProxy.Server.Admin.OpenApi;

/// <summary>What the document says of one operation.</summary>
/// <param name="Method">The HTTP method, in capitals.</param>
/// <param name="Pattern">The route's pattern.</param>
/// <param name="Summary">What it does, in a few words.</param>
internal sealed record ApiOperation(string Method, string Pattern, string Summary)
{
    /// <summary>More words; null when the summary says it all.</summary>
    public string? Description { get; init; }

    /// <summary>Its group in the document.</summary>
    public required string Tag { get; init; }

    /// <summary>The body; null for none.</summary>
    public Type? Body { get; init; }

    /// <summary>The answer's JSON; null for an answer of another kind.</summary>
    public Type? Answer { get; init; }

    /// <summary>The answer's media type.</summary>
    public string AnswerType { get; init; } = "application/json";

    /// <summary>Query parameters.</summary>
    public ImmutableArray<ApiParameter> Query { get; init; } = [];

    /// <summary>Statuses of the faults that callers should expect, besides 401 and 500.</summary>
    public ImmutableArray<int> Faults { get; init; } = [];

    /// <summary>True when nobody has to say who they are.</summary>
    public bool IsOpen { get; init; }
}

/// <summary>A query parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What its values look like.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="Words">The values that there are; empty for any.</param>
internal sealed record ApiParameter(string Name, ApiValue Kind, string Meaning, params ImmutableArray<string> Words);

/// <summary>What the value of a parameter looks like.</summary>
internal enum ApiValue
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A time, RFC 3339.</summary>
    Time,

    /// <summary>Words with commas between them.</summary>
    Words,
}
