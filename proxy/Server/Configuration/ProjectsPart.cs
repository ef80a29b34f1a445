using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `projects`.</summary>
internal static class ProjectsPart
{
    /// <summary>All projects; their servers must be among <paramref name="servers"/>.</summary>
    public static ImmutableSortedDictionary<string, ProjectConfiguration> Read(Reading reading, Section root, ImmutableArray<string> servers)
    {
        var projects = ImmutableSortedDictionary.CreateBuilder<string, ProjectConfiguration>(StringComparer.Ordinal);
        if (root.Find("projects") is not { } node || reading.Section(node, "projects") is not { } all)
            return projects.ToImmutable();

        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in all.Node.Entries)
        {
            if (reading.Section(value, $"projects.{key.Raw}") is { } section)
                projects[key.Text] = ReadProject(reading, section, key.Text, servers, taken);
        }

        return projects.ToImmutable();
    }

    private static ProjectConfiguration ReadProject(
        Reading reading, Section section, string name, ImmutableArray<string> servers, Dictionary<string, string> taken)
    {
        var project = new ProjectConfiguration
        {
            Name = name,
            Databases = section.Require("databases") is { } databases ? ReadDatabases(reading, databases, name, servers, taken) : [],
            Owners = section.Find("owners") is { } owners ? reading.Names(owners) ?? [] : [],
            JustInTimeAccess = Flag("just_in_time_access"),
            RequestRole = Flag("request_role"),
            DataExport = section.Find("data_export") is { } export
                ? reading.Choice(export, ("open", DataExport.Open), ("request", DataExport.Request), ("closed", DataExport.Closed)) ?? DataExport.Closed
                : DataExport.Request,
            SelfApproval = Flag("self_approval"),
            MaxExpiration = section.Find("max_expiration") is { } max ? reading.Duration(max) : null,
        };
        section.Close();
        return project;

        bool Flag(string key) => section.Find(key) is { } node && (reading.Flag(node) ?? false);
    }

    private static ImmutableArray<DatabasePattern> ReadDatabases(
        Reading reading, ConfigurationNode node, string project, ImmutableArray<string> servers, Dictionary<string, string> taken)
    {
        var patterns = ImmutableArray.CreateBuilder<DatabasePattern>();
        foreach (var item in reading.Items(node) ?? [])
        {
            if (reading.Text(item) is not { } text)
                continue;

            var slash = text.IndexOf('/', StringComparison.Ordinal);
            if (slash <= 0 || slash == text.Length - 1)
            {
                reading.Faults.Add(item, $"\"{Reading.Raw(item)}\" is not a database; write SERVER/DATABASE, as in shop/app or shop/report_*");
                continue;
            }

            var pattern = new DatabasePattern(text[..slash], text[(slash + 1)..]);
            if (!servers.Contains(pattern.Server))
                reading.Faults.Add(item, $"unknown server \"{pattern.Server}\"; {Reading.Suggest(pattern.Server, servers)}");

            // Rules and owners come from the project, so a database in two of them would have two answers.
            if (taken.TryAdd(text, project))
                patterns.Add(pattern);
            else
                reading.Faults.Add(item, $"\"{Reading.Raw(item)}\" is already in project {taken[text]}");
        }

        return patterns.ToImmutable();
    }
}
