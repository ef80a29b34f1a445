using System.Collections.Concurrent;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Forward;

/// <summary>
/// The catalogues of the databases in use, replaced whole when their server says something else: at an interval while anybody is connected, at a
/// connect, at a request, and when a result contradicts one.
/// </summary>
/// <param name="read">Reads the catalogue of a database, <c>server/database</c>.</param>
/// <param name="clock">Tells the age of a catalogue.</param>
/// <param name="probe">
/// Asks for a text that is another one whenever the catalogue may have changed. Null, or an answer of null, if nothing tells cheaply.
/// </param>
internal sealed class CatalogueCache(
    Func<string, CancellationToken, Task<Catalogue>> read, TimeProvider clock, Func<string, CancellationToken, Task<string?>>? probe = null) : IDisposable
{
    /// <summary>How long a change may go unnoticed: the time between two probes, and the age up to which a connect trusts the last one.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A catalogue of which nothing was heard for so long is not used; one that cannot be probed is read again then.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(60);

    /// <summary>Whoever comes while a catalogue is read or probed need not do it again.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, CatalogueEntry> _entries = new(StringComparer.Ordinal);
    private ITimer? _timer;

    /// <summary>Raised when a catalogue could not be read or probed in the background.</summary>
    public event Action<string>? Failed;

    /// <summary>Starts to look at the catalogues in use.</summary>
    public void Start() => _timer = clock.CreateTimer(_ => VerifySoon(), null, Interval, Interval);

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    /// <summary>The catalogue as it was when it was last heard of; null if none was read, or too long ago.</summary>
    public Catalogue? Find(string database) => _entries.TryGetValue(database, out var entry) ? entry.Catalogue : null;

    /// <summary>Keeps the catalogue of a database up to date for as long as the result is not disposed of.</summary>
    public IDisposable Use(string database) => EntryOf(database).Use();

    /// <summary>The catalogue, no older than <see cref="Interval"/>.</summary>
    /// <exception cref="CatalogueFaultException">The server cannot be read; the message names it.</exception>
    public ValueTask<Catalogue> GetAsync(string database, CancellationToken stop)
    {
        var entry = EntryOf(database);
        return entry.Catalogue is { } known && clock.GetUtcNow() - entry.VerifiedAt <= Interval ? new(known) : new(VerifyAsync(database, entry, stop));
    }

    /// <summary>Reads the catalogue in the background, whatever the probe says, if that is not happening already.</summary>
    public void RefreshSoon(string database)
    {
        var entry = EntryOf(database);
        if (entry.TryBegin())
            _ = Task.Run(() => QuietlyAsync(entry, () => LookAsync(database, entry, TimeSpan.Zero, null, CancellationToken.None)));
    }

    /// <summary>The catalogue as it is now.</summary>
    /// <exception cref="CatalogueFaultException">The server cannot be read; the message names it.</exception>
    public Task<Catalogue> RefreshAsync(string database, CancellationToken stop) =>
        LookAsync(database, EntryOf(database), TimeSpan.Zero, Fresh, stop);

    /// <summary>Reads the catalogue again whatever is known. If that fails, the one that is known stays for a while.</summary>
    public async Task ReadAgainAsync(string database, CancellationToken stop)
    {
        try
        {
            await LookAsync(database, EntryOf(database), TimeSpan.Zero, null, stop);
        }
        catch (CatalogueFaultException fault)
        {
            Failed?.Invoke(fault.Fault.ForLog);
        }
    }

    /// <summary>Looks at every catalogue in use, each in the background.</summary>
    internal void VerifySoon()
    {
        foreach (var (database, entry) in _entries)
        {
            if (entry.IsInUse && entry.TryBegin())
                _ = Task.Run(() => QuietlyAsync(entry, () => VerifyAsync(database, entry, CancellationToken.None)));
        }
    }

    private CatalogueEntry EntryOf(string database) => _entries.GetOrAdd(database, static _ => new());

    private Task<Catalogue> VerifyAsync(string database, CatalogueEntry entry, CancellationToken stop) =>
        LookAsync(database, entry, Fresh, AgeMax, stop);

    // What was heard of within the time given is taken. Otherwise all is read if there was a change; where nothing tells, if it is older than said;
    // and in any case if nothing is said.
    private async Task<Catalogue> LookAsync(string database, CatalogueEntry entry, TimeSpan within, TimeSpan? ageMax, CancellationToken stop)
    {
        await entry.Reading.WaitAsync(stop);
        try
        {
            var now = clock.GetUtcNow();
            if (entry.Catalogue is { } fresh && now - entry.VerifiedAt < within)
                return fresh;

            var print = await ProbeAsync(database, stop);
            if (entry.Catalogue is not { } known || ageMax is null || (print is null ? now - entry.ReadAt > ageMax : print != entry.Print))
                return await ReadAsync(database, entry, print, now, stop);

            entry.VerifiedAt = now;
            return known;
        }
        catch (CatalogueFaultException) when (entry.Last is null)
        {
            // Anybody can ask for databases that do not exist.
            _entries.TryRemove(KeyValuePair.Create(database, entry));
            throw;
        }
        finally
        {
            entry.Reading.Release();
        }
    }

    private Task<string?> ProbeAsync(string database, CancellationToken stop) => probe?.Invoke(database, stop) ?? Task.FromResult<string?>(null);

    // The probe came first: what changes while all is read makes the next probe differ.
    private async Task<Catalogue> ReadAsync(string database, CatalogueEntry entry, string? print, DateTimeOffset now, CancellationToken stop)
    {
        var catalogue = await read(database, stop);

        // Decisions compare catalogues by reference: one that says the same stays, so that they stay too.
        var former = entry.Last;
        entry.Replace(former is null ? catalogue : former.IsSameAs(catalogue) ? former : catalogue.After(former), print, now);
        return entry.Last!;
    }

    private async Task QuietlyAsync(CatalogueEntry entry, Func<Task<Catalogue>> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is CatalogueFaultException or OperationCanceledException)
        {
            // For a while the old one does, for every result is checked against it. Then nobody knows what a name means any more.
            if (clock.GetUtcNow() - entry.VerifiedAt > AgeMax)
                entry.Drop();

            Failed?.Invoke(e is CatalogueFaultException fault ? fault.Fault.ForLog : e.Message);
        }
        finally
        {
            entry.End();
        }
    }
}
