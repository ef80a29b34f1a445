using System.Collections.Concurrent;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Forward;

/// <summary>The catalogues of the databases in use, read from their servers and replaced whole: at an interval, and when a result contradicts one.</summary>
/// <param name="read">Reads the catalogue of a database, <c>server/database</c>.</param>
/// <param name="clock">Tells the age of a catalogue.</param>
internal sealed class CatalogueCache(Func<string, CancellationToken, Task<Catalogue>> read, TimeProvider clock)
{
    /// <summary>A catalogue older than this is read again at the next connect.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The catalogue read last; null if none was.</summary>
    public Catalogue? Find(string database) => _entries.TryGetValue(database, out var entry) ? entry.Catalogue : null;

    /// <summary>The catalogue, read first if there is none; an old one is returned at once and replaced in the background.</summary>
    /// <exception cref="CatalogueFaultException">The server cannot be read; the message names it.</exception>
    public async ValueTask<Catalogue> GetAsync(string database, CancellationToken stop)
    {
        if (Find(database) is not { } known)
            return await RefreshAsync(database, stop);

        if (clock.GetUtcNow() - _entries[database].ReadAt > AgeMax)
            RefreshSoon(database);

        return known;
    }

    /// <summary>Reads the catalogue in the background, if that is not happening already.</summary>
    public void RefreshSoon(string database)
    {
        var entry = _entries.GetOrAdd(database, static _ => new());
        if (Interlocked.Exchange(ref entry.IsRefreshing, 1) == 0)
            _ = Task.Run(() => RefreshQuietlyAsync(database, entry));
    }

    /// <summary>Reads the catalogue now.</summary>
    public async Task<Catalogue> RefreshAsync(string database, CancellationToken stop)
    {
        var entry = _entries.GetOrAdd(database, static _ => new());
        await entry.Reading.WaitAsync(stop);
        try
        {
            if (entry.Catalogue is { } fresh && clock.GetUtcNow() - entry.ReadAt < TimeSpan.FromSeconds(1))
                return fresh;

            var catalogue = await read(database, stop);

            // Decisions compare catalogues by reference: one that says the same stays, so that they stay too.
            if (entry.Catalogue is not { } old || !old.IsSameAs(catalogue))
                entry.Catalogue = catalogue;

            entry.ReadAt = clock.GetUtcNow();
            return entry.Catalogue;
        }
        finally
        {
            entry.Reading.Release();
        }
    }

    private async Task RefreshQuietlyAsync(string database, Entry entry)
    {
        try
        {
            await RefreshAsync(database, CancellationToken.None);
        }
        catch (Exception e) when (e is CatalogueFaultException or OperationCanceledException)
        {
            // The old catalogue stays, and every result is still checked against it; the next connect tries again.
            entry.LastFault = e.Message;
        }
        finally
        {
            Volatile.Write(ref entry.IsRefreshing, 0);
        }
    }

    private sealed class Entry
    {
        public SemaphoreSlim Reading { get; } = new(1, 1);

        public volatile Catalogue? Catalogue;

        public DateTimeOffset ReadAt;

        public int IsRefreshing;

        public string? LastFault;
    }
}
