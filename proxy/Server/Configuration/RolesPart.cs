using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>Reads `workspace_roles` and `database_roles`.</summary>
internal static class RolesPart
{
    /// <summary>The role that the owners of a project have in it.</summary>
    public const string ProjectOwner = "project-owner";

    private static readonly string[] Kinds = ["select", "explain", "show", "insert", "update", "delete", "ddl"];

    /// <summary>Workspace roles with their members.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> ReadWorkspace(Reading reading, Section root)
    {
        var roles = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        if (root.Find("workspace_roles") is not { } node || reading.Section(node, "workspace_roles") is not { } all)
            return roles.ToImmutable();

        foreach (var (key, value) in all.Node.Entries)
        {
            if (key.Text == ProjectOwner)
                reading.Faults.Add(key, "project-owner is the role of a project's owners; name them in the project");
            else
                roles[key.Text] = reading.Names(value) ?? [];
        }

        return roles.ToImmutable();
    }

    /// <summary>Database roles with the statement kinds that they allow.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> ReadDatabase(Reading reading, Section root)
    {
        var roles = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        if (root.Find("database_roles") is not { } node || reading.Section(node, "database_roles") is not { } all)
            return roles.ToImmutable();

        foreach (var (key, value) in all.Node.Entries)
        {
            roles[key.Text] = reading.Names(value) ?? [];
            foreach (var item in value is SequenceNode sequence ? sequence.Items : [])
            {
                if (item is ScalarNode { IsNull: false } kind && !Kinds.Contains(kind.Text, StringComparer.Ordinal))
                    reading.Faults.Add(kind, $"unknown statement kind \"{kind.Raw}\"; {Reading.Suggest(kind.Text, Kinds)}");
            }
        }

        return roles.ToImmutable();
    }
}
