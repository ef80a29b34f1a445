using System.Collections.Immutable;

namespace JitProxy.Server.Configuration;

/// <summary>`projects.NAME`: which databases belong together, who owns them, and what members may ask for.</summary>
internal sealed record ProjectConfiguration
{
    /// <summary>The project's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its databases, `server/database`; `*` in the database part stands for any run of characters.</summary>
    public required ImmutableArray<DatabasePattern> Databases { get; init; }

    /// <summary>Users with the role `project-owner` in this project.</summary>
    public required ImmutableArray<string> Owners { get; init; }

    /// <summary>Whether members may request statement grants; default false.</summary>
    public required bool JustInTimeAccess { get; init; }

    /// <summary>Whether members may request role grants; default false.</summary>
    public required bool RequestRole { get; init; }

    /// <summary>Who may export; default `request`.</summary>
    public required DataExport DataExport { get; init; }

    /// <summary>Whether a requester may sign a step of the own request; default false.</summary>
    public required bool SelfApproval { get; init; }

    /// <summary>The longest `--expires`; null for no cap.</summary>
    public required TimeSpan? MaxExpiration { get; init; }
}

/// <summary>Who may export.</summary>
internal enum DataExport : byte
{
    /// <summary>Only with a grant that has the Export flag.</summary>
    Request,

    /// <summary>Everybody with a grant for the statement.</summary>
    Open,

    /// <summary>Nobody.</summary>
    Closed,
}
