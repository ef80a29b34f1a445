using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using JitProxy.Policy.Grants;

namespace JitProxy.Storage.Grants;

/// <summary>The two lists in a grant's row.</summary>
internal static class GrantJson
{
    /// <summary>Database names as a JSON array.</summary>
    public static string Write(ImmutableArray<string> names) => JsonSerializer.Serialize(names.AsEnumerable());

    /// <summary>Reads them back.</summary>
    public static ImmutableArray<string> ReadNames(string json) => Read<string[]>(json) is { Length: > 0 } names ? [.. names] : [];

    /// <summary>Steps as a JSON array.</summary>
    public static string Write(ImmutableArray<GrantStep> steps) =>
        JsonSerializer.Serialize(steps.Select(static s =>
            new StepRow(s.Role, s.By, StoreConnection.Format(s.At), s.Comment, s.AnyOf.IsDefault ? null : [.. s.AnyOf], s.Group)));

    /// <summary>Reads them back.</summary>
    public static ImmutableArray<GrantStep> ReadSteps(string json) =>
        [
            .. Read<StepRow[]>(json).Select(static s => new GrantStep(s.Role, s.By, s.At is null ? null : StoreConnection.Time(s.At), s.Comment)
            {
                AnyOf = s.AnyOf is null ? default : [.. s.AnyOf],
                Group = s.Group,
            }),
        ];

    private static T Read<T>(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json) ?? throw new FormatException("a list is null");
        }
        catch (JsonException error)
        {
            throw new FormatException("a list is not JSON", error);
        }
    }

    private sealed record StepRow(
        [property: JsonPropertyName("role")] string Role,
        [property: JsonPropertyName("by")] string? By,
        [property: JsonPropertyName("at")] string? At,
        [property: JsonPropertyName("comment")] string? Comment,
        [property: JsonPropertyName("any_of"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string[]? AnyOf,
        [property: JsonPropertyName("group"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Group);
}
