using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Grants;

/// <summary>All grants at one time. Immutable: a change makes a new book, which replaces the old one whole.</summary>
/// <remarks>A change shares nearly everything with the book that it was made from; it costs the same with a hundred grants and with a million.</remarks>
public sealed class GrantBook
{
    /// <summary>The most grants of one user on one database that may be searched for a near miss; the newest, and living ones before ended ones.</summary>
    internal const int NearbyMax = 128;

    // What is left when there are more. Sorting out many at once, and seldom, is what keeps a change cheap.
    private const int NearbyKept = 64;

    // Enough to tell somebody why a statement that ran last week no longer does.
    private const int EndedKept = 4;

    private readonly PersistentMap<long, Grant> _byId;
    private readonly PersistentMap<StatementKey, ImmutableArray<long>> _byStatement;
    private readonly PersistentMap<Place, ImmutableArray<long>> _nearby;
    private readonly PersistentMap<Place, ImmutableArray<long>> _roles;

    private GrantBook(
        PersistentMap<long, Grant> byId,
        PersistentMap<StatementKey, ImmutableArray<long>> byStatement,
        PersistentMap<Place, ImmutableArray<long>> nearby,
        PersistentMap<Place, ImmutableArray<long>> roles) =>
        (_byId, _byStatement, _nearby, _roles) = (byId, byStatement, nearby, roles);

    /// <summary>The book without grants.</summary>
    public static GrantBook Empty { get; } = new(
        PersistentMap<long, Grant>.Empty,
        PersistentMap<StatementKey, ImmutableArray<long>>.Empty,
        PersistentMap<Place, ImmutableArray<long>>.Empty,
        PersistentMap<Place, ImmutableArray<long>>.Empty);

    /// <summary>The number of grants, whatever their status.</summary>
    public int Count => _byId.Count;

    /// <summary>All grants, in no order that means anything.</summary>
    public IEnumerable<Grant> All => _byId.Values;

    /// <summary>A book of these grants.</summary>
    public static GrantBook Create(IEnumerable<Grant> grants)
    {
        var owner = new object();
        return grants.OrderBy(static g => g.Id).Aggregate(Empty, (book, grant) => book.With(grant, owner));
    }

    /// <summary>The grant of this number, or null.</summary>
    public Grant? Find(long id) => _byId.TryGet(id, out var grant) ? grant : null;

    /// <summary>This book with one grant added, or replaced by what became of it.</summary>
    /// <exception cref="ArgumentException">The number belongs to a different request.</exception>
    public GrantBook With(Grant changed) => With(changed, owner: null);

    /// <summary>The grants for exactly this statement, newest first: every living one, and a few that have ended.</summary>
    public IEnumerable<Grant> Holding(StatementKey key) => Resolve(_byStatement, key);

    /// <summary>The newest statement grants of this user on this database, newest first; at most 128.</summary>
    public IEnumerable<Grant> Nearby(string user, string database) => Resolve(_nearby, new Place(user, database));

    /// <summary>The role grants of this user on this database, newest first: every living one, and a few that have ended.</summary>
    public IEnumerable<Grant> Roles(string user, string database) => Resolve(_roles, new Place(user, database));

    private GrantBook With(Grant changed, object? owner)
    {
        var isKnown = _byId.TryGet(changed.Id, out var before);

        // The indexes hold numbers, and what a grant is found by never changes.
        if (isKnown && !IsSameRequest(before!.Request, changed.Request))
            throw new ArgumentException($"grant {changed.Id} belongs to another request", nameof(changed));

        var byId = _byId.With(changed.Id, changed, owner);
        if (isKnown)
            return new(byId, _byStatement, _nearby, _roles);

        var (byStatement, nearby, roles) = (_byStatement, _nearby, _roles);
        foreach (var database in changed.Databases.Distinct(StringComparer.Ordinal))
        {
            var place = new Place(changed.User, database);
            if (changed.Kind == GrantKind.Role)
            {
                roles = Prepend(roles, place, changed, 0, int.MaxValue, owner);
            }
            else if (TryRead(changed, out var form))
            {
                var key = StatementKey.Compute(changed.Dialect, changed.User, database, changed.Schema, form);
                byStatement = Prepend(byStatement, key, changed, 0, int.MaxValue, owner);
                nearby = Prepend(nearby, place, changed, NearbyMax, NearbyKept, owner);
            }
        }

        return new(byId, byStatement, nearby, roles);
    }

    /// <summary>The normal form of a grant's statement; false if it cannot be read, so that nothing can match it.</summary>
    internal static bool TryRead(Grant grant, [NotNullWhen(true)] out NormalForm? form) =>
        NormalForm.TryCreate(grant.EncodeStatement(), grant.Dialect, out form, out _, out _);

    private IEnumerable<Grant> Resolve<TKey>(PersistentMap<TKey, ImmutableArray<long>> index, TKey key)
        where TKey : notnull, IEquatable<TKey> =>
        index.TryGet(key, out var ids) ? ids.Select(id => Find(id)!) : [];

    // Puts the newcomer in front. A list that has grown to its limit forgets all but a few of the grants that had ended by the time the
    // newcomer was requested: a statement that is requested anew every day for years does not slow down.
    private PersistentMap<TKey, ImmutableArray<long>> Prepend<TKey>(
        PersistentMap<TKey, ImmutableArray<long>> index,
        TKey key,
        Grant added,
        int countMax,
        int countKept,
        object? owner)
        where TKey : notnull, IEquatable<TKey>
    {
        if (!index.TryGet(key, out var ids))
            return index.With(key, [added.Id], owner);
        if (ids.Length < countMax)
            return index.With(key, ids.Insert(0, added.Id), owner);

        var kept = ImmutableArray.CreateBuilder<long>();
        kept.Add(added.Id);
        var ended = 0;
        foreach (var id in ids)
        {
            var isAlive = Find(id) is { IsSpent: false } grant && grant.StatusAt(added.RequestedAt) is GrantStatus.Pending or GrantStatus.Active;
            if (kept.Count < countKept && (isAlive || ended++ < EndedKept))
                kept.Add(id);
        }

        return index.With(key, kept.ToImmutable(), owner);
    }

    private static bool IsSameRequest(GrantRequest before, GrantRequest after) =>
        ReferenceEquals(before, after)
        || (before.Kind == after.Kind
            && before.User == after.User
            && before.Statement == after.Statement
            && before.Role == after.Role
            && before.Schema == after.Schema
            && before.Dialect == after.Dialect
            && before.Databases.SequenceEqual(after.Databases, StringComparer.Ordinal));

    private readonly record struct Place(string User, string Database);
}
