using System.Collections.Immutable;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Grants;

/// <summary>What a user asked for. It never changes; what approvers made of it is in <see cref="GrantProgress"/>.</summary>
public sealed record GrantRequest
{
    /// <summary>Statement or role.</summary>
    public GrantKind Kind { get; init; }

    /// <summary>Who asks, and who alone may use the grant.</summary>
    public required string User { get; init; }

    /// <summary>The project whose rules and owners decide about it.</summary>
    public required string Project { get; init; }

    /// <summary>The databases it is for, as <c>server/database</c>; at least one.</summary>
    public required ImmutableArray<string> Databases { get; init; }

    /// <summary>The language of those databases.</summary>
    public SqlDialect Dialect { get; init; } = SqlDialect.PostgreSql;

    /// <summary>The schema in which its unqualified names are looked up.</summary>
    public string Schema { get; init; } = "public";

    /// <summary>The statement as it will run; null for a role grant.</summary>
    public string? Statement { get; init; }

    /// <summary>The database role; null for a statement grant.</summary>
    public string? Role { get; init; }

    /// <summary>Whether masked columns shall come in clear.</summary>
    public bool Unmask { get; init; }

    /// <summary>Whether bulk extraction shall be allowed.</summary>
    public bool Export { get; init; }

    /// <summary>Why; for the approvers.</summary>
    public required string Reason { get; init; }

    /// <summary>How long it shall hold, counted from approval.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How often it may run; null for no limit.</summary>
    public int? ExecutionsMax { get; init; }

    /// <summary>The grant that this one prolongs, if it is an extension.</summary>
    public long? Extends { get; init; }

    /// <summary>The rejected request that this one repeats, if it does.</summary>
    public long? Again { get; init; }

    /// <summary>True if it is for an emergency: active at once, and to be reviewed afterwards.</summary>
    public bool BreakGlass { get; init; }

    /// <summary>What the statement's parameters may be, as <see cref="ParameterRule"/> reads it; those without a rule may be anything.</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    /// <summary>The networks that it may be used from, in CIDR notation; empty for everywhere.</summary>
    public ImmutableArray<string> Networks { get; init; } = [];
}
