using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Decide;

/// <summary>What somebody asks for, as it came: nothing in it is checked yet.</summary>
internal sealed record GrantWish
{
    /// <summary>Statement or role.</summary>
    public GrantKind Kind { get; init; }

    /// <summary>Databases as <c>server/database</c>.</summary>
    public ImmutableArray<string> Databases { get; init; } = [];

    /// <summary>For a statement grant.</summary>
    public string? Statement { get; init; }

    /// <summary>For a role grant.</summary>
    public string? Role { get; init; }

    /// <summary>The schema that unqualified names are taken to be in. Sessions decide it, so another than theirs is refused; null takes theirs.</summary>
    public string? Schema { get; init; }

    /// <summary>Masked columns in clear.</summary>
    public bool Unmask { get; init; }

    /// <summary>Bulk extraction.</summary>
    public bool Export { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>How long; null for four hours, or the project's maximum if that is less.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>What parameters may be, as <c>1=int:1..100</c>.</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    /// <summary>For an emergency: active at once, reviewed afterwards.</summary>
    public bool BreakGlass { get; init; }

    /// <summary>The networks that it may be used from; empty for everywhere.</summary>
    public ImmutableArray<string> Networks { get; init; } = [];

    /// <summary>The rejected request that this one repeats; set by the desk alone.</summary>
    public long? Again { get; init; }

    /// <summary>How often; null for no limit.</summary>
    public int? ExecutionsMax { get; init; }

    /// <summary>What the wish comes to: <c>COPY (statement) TO STDOUT</c> is that statement with export.</summary>
    public GrantWish Plain()
    {
        if (Kind != GrantKind.Statement || Statement is not { } text)
            return this;

        var bytes = Encoding.UTF8.GetBytes(text);
        return CopyReader.IsCopy(bytes) && CopyReader.TryRead(bytes, out var copy, out _)
            ? this with { Statement = Encoding.UTF8.GetString(bytes.AsSpan(copy.Statement)).Trim(), Export = true }
            : this;
    }
}
