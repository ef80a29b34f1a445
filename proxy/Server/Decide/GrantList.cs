// Task: lists of grants for people, a page at a time, however many there are. Sessions decide by the book, not by this.
using System.Collections.Immutable;
using JitProxy.Policy.Grants;

namespace JitProxy.Server.Decide;

/// <summary>All grants by number, and which of them belong to whom or wait. Safe for use by many threads.</summary>
/// <remarks>The lock is held for some hundred grants at a time, so that a long list does not hold up an execution that is counted.</remarks>
internal sealed class GrantList
{
    private const int Stretch = 512;

    private readonly Lock _gate = new();
    private readonly List<Grant> _all = [];
    private readonly List<int> _everything = [];
    private readonly Dictionary<string, List<int>> _byUser = new(StringComparer.Ordinal);
    private readonly List<int> _pending = [];
    private readonly List<int> _unreviewed = [];

    /// <summary>The list of these grants.</summary>
    public GrantList(IEnumerable<Grant> grants)
    {
        foreach (var grant in grants.OrderBy(static grant => grant.Id))
            Set(grant);
    }

    /// <summary>The number of grants.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _all.Count;
        }
    }

    /// <summary>Adds a grant, or replaces it by what became of it. Numbers of new ones only rise.</summary>
    public void Set(Grant grant)
    {
        lock (_gate)
        {
            var position = Position(grant.Id);
            if (position >= 0)
            {
                _all[position] = grant;
            }
            else
            {
                position = ~position;
                if (position != _all.Count)
                    throw new ArgumentException($"grant {grant.Id} is older than the newest", nameof(grant));
                _all.Add(grant);
                _everything.Add(position);
                Of(grant.User).Add(position);
            }

            Keep(_pending, position, grant.Progress.State == GrantStatus.Pending);
            Keep(_unreviewed, position, grant.NeedsReview);
        }
    }

    /// <summary>The grants that the filter takes, behind a place in this order, at most so many.</summary>
    public GrantPage Page(GrantFilter filter, GrantOrder order, bool isDescending, GrantPlace? behind, int limit, DateTimeOffset now)
    {
        // One more than asked for tells whether others follow.
        var taken = Candidates(filter, isDescending, order == GrantOrder.Requested ? behind : null).Where(grant => filter.Takes(grant, now));
        if (order != GrantOrder.Requested)
            taken = First(taken, order, isDescending, behind, limit + 1);
        var page = taken.Take(limit + 1).ToImmutableArray();
        return page.Length > limit ? new(page[..limit], GrantPlace.Of(page[limit - 1], order)) : new(page, null);
    }

    // Keeps the first few of any number, by a heap whose top is the last of them.
    private static Grant[] First(IEnumerable<Grant> grants, GrantOrder order, bool isDescending, GrantPlace? behind, int count)
    {
        var sign = isDescending ? -1 : 1;
        var heap = new PriorityQueue<Grant, GrantPlace>(Comparer<GrantPlace>.Create((left, right) => sign * right.CompareTo(left)));
        foreach (var grant in grants)
        {
            var place = GrantPlace.Of(grant, order);
            if (behind is { } last && sign * place.CompareTo(last) <= 0)
                continue;
            if (heap.Count < count)
                heap.Enqueue(grant, place);
            else
                heap.EnqueueDequeue(grant, place);
        }

        var found = new Grant[heap.Count];
        for (var index = found.Length - 1; index >= 0; index--)
            found[index] = heap.Dequeue();
        return found;
    }

    private IEnumerable<Grant> Candidates(GrantFilter filter, bool isDescending, GrantPlace? behind)
    {
        var grants = new Grant[Stretch];
        var positions = new int[Stretch];
        var last = behind is { } place ? PositionOf(place.Id, isDescending) : isDescending ? int.MaxValue : -1;
        while (Next(filter, isDescending, last, positions, grants) is var count and > 0)
        {
            for (var index = 0; index < count; index++)
                yield return grants[index];
            last = positions[count - 1];
        }
    }

    // Copies some grants behind a position, so that nothing is decided under the lock.
    private int Next(GrantFilter filter, bool isDescending, int last, int[] positions, Grant[] grants)
    {
        lock (_gate)
        {
            var source = filter.IsPendingOnly ? _pending
                : filter.NeedsReview ? _unreviewed
                : filter.User is { } user ? _byUser.GetValueOrDefault(user) ?? []
                : _everything;
            var start = source.BinarySearch(last);
            start = start < 0 ? ~start : isDescending ? start : start + 1;
            var count = isDescending ? Math.Min(start, Stretch) : Math.Min(source.Count - start, Stretch);
            for (var index = 0; index < count; index++)
            {
                positions[index] = isDescending ? source[start - 1 - index] : source[start + index];
                grants[index] = _all[positions[index]];
            }

            return count;
        }
    }

    private int PositionOf(long id, bool isDescending)
    {
        lock (_gate)
        {
            var position = Position(id);
            return position >= 0 ? position : isDescending ? ~position : ~position - 1;
        }
    }

    private int Position(long id)
    {
        var (low, high) = (0, _all.Count - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            if (_all[middle].Id == id)
                return middle;
            if (_all[middle].Id < id)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }

    private static void Keep(List<int> positions, int position, bool belongs)
    {
        var place = positions.BinarySearch(position);
        if (belongs && place < 0)
            positions.Insert(~place, position);
        else if (!belongs && place >= 0)
            positions.RemoveAt(place);
    }

    private List<int> Of(string user)
    {
        if (!_byUser.TryGetValue(user, out var positions))
            _byUser.Add(user, positions = []);
        return positions;
    }
}
