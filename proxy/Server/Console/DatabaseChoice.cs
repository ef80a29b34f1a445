using System.Collections.Immutable;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Console;

/// <summary>The databases that a request can be for: those that projects name, and those that are there and match a pattern.</summary>
/// <param name="Names">As <c>server/database</c>, sorted.</param>
/// <param name="Open">Patterns whose databases could not be listed: they have to be written.</param>
internal sealed record DatabaseChoice(ImmutableArray<string> Names, ImmutableArray<string> Open)
{
    /// <summary>Looks what there is for these projects.</summary>
    public static async Task<DatabaseChoice> FindAsync(Visit visit, IEnumerable<ProjectConfiguration> projects)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var open = ImmutableArray.CreateBuilder<string>();
        foreach (var pattern in projects.SelectMany(static p => p.Databases).Distinct())
        {
            if (!pattern.Database.Contains('*', StringComparison.Ordinal))
                names.Add(pattern.ToString());
            else if (await visit.Services.Databases.ListAsync(pattern.Server, visit.Stop) is { } live)
                names.UnionWith(live.Where(name => pattern.Covers(pattern.Server, name)).Select(name => $"{pattern.Server}/{name}"));
            else
                open.Add(pattern.ToString());
        }

        return new([.. names], open.ToImmutable());
    }
}
