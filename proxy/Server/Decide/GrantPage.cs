using System.Collections.Immutable;
using System.Globalization;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>Some grants of a list, and where it goes on.</summary>
/// <param name="Grants">The grants, in order.</param>
/// <param name="Next">The place of the last one; null when none follow.</param>
internal sealed record GrantPage(ImmutableArray<Grant> Grants, GrantPlace? Next);

/// <summary>By what a list of grants is sorted.</summary>
internal enum GrantOrder
{
    /// <summary>By number, which is the order of requests.</summary>
    Requested = 0,

    /// <summary>By the time of approval; those without come first, and in descending order last.</summary>
    Approved,

    /// <summary>By the time of expiry; those without come first, and in descending order last.</summary>
    Expires,
}

/// <summary>A place in a sorted list of grants.</summary>
/// <param name="Key">The sorting key: ticks, or 0.</param>
/// <param name="Id">The number, which decides between equal keys.</param>
internal readonly record struct GrantPlace(long Key, long Id) : IComparable<GrantPlace>
{
    /// <summary>The place of a grant in a list sorted so.</summary>
    public static GrantPlace Of(Grant grant, GrantOrder order) => new(
        order switch
        {
            GrantOrder.Requested => 0,
            GrantOrder.Approved => grant.ApprovedAt?.UtcTicks ?? 0,
            GrantOrder.Expires => grant.ExpiresAt?.UtcTicks ?? 0,
        },
        grant.Id);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out GrantPlace place)
    {
        place = default;
        if (text.Split('.') is not [var key, var id]
            || !long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || !long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        place = new(ticks, number);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(GrantPlace other) => Key == other.Key ? Id.CompareTo(other.Id) : Key.CompareTo(other.Key);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Key}.{Id}");
}
