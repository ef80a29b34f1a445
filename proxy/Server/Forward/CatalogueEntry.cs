using JitProxy.Policy.Sql;

namespace JitProxy.Server.Forward;

/// <summary>What is known of one database's catalogue, and how well.</summary>
internal sealed class CatalogueEntry
{
    private volatile Catalogue? _catalogue;
    private long _verifiedAt;
    private int _users;
    private int _isBusy;

    /// <summary>Held by whoever reads or probes.</summary>
    public SemaphoreSlim Reading { get; } = new(1, 1);

    /// <summary>The catalogue to decide by; null if there is none that can be relied on.</summary>
    public Catalogue? Catalogue => _catalogue;

    /// <summary>The catalogue read last, whether or not it can be relied on; it knows former names.</summary>
    public Catalogue? Last { get; private set; }

    /// <summary>What the probe said before the catalogue was read.</summary>
    public string? Print { get; private set; }

    /// <summary>When it was read last.</summary>
    public DateTimeOffset ReadAt { get; private set; }

    /// <summary>When it was last known to be the server's.</summary>
    public DateTimeOffset VerifiedAt
    {
        get => new(Volatile.Read(ref _verifiedAt), TimeSpan.Zero);
        set => Volatile.Write(ref _verifiedAt, value.UtcTicks);
    }

    /// <summary>True while anybody is connected.</summary>
    public bool IsInUse => Volatile.Read(ref _users) > 0;

    /// <summary>Counts somebody who is connected, until the result is disposed of.</summary>
    public IDisposable Use()
    {
        Interlocked.Increment(ref _users);
        return new User(this);
    }

    /// <summary>Takes the place of whoever works on it in the background; false if somebody does already.</summary>
    public bool TryBegin() => Interlocked.Exchange(ref _isBusy, 1) == 0;

    /// <summary>The work in the background is done.</summary>
    public void End() => Volatile.Write(ref _isBusy, 0);

    /// <summary>Puts what was read in place of what was there.</summary>
    public void Replace(Catalogue catalogue, string? print, DateTimeOffset now)
    {
        (Print, ReadAt, VerifiedAt) = (print, now, now);
        Last = catalogue;
        _catalogue = catalogue;
    }

    /// <summary>Nothing was heard of it for too long.</summary>
    public void Drop() => _catalogue = null;

    private sealed class User(CatalogueEntry entry) : IDisposable
    {
        private int _isGone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGone, 1) == 0)
                Interlocked.Decrement(ref entry._users);
        }
    }
}
