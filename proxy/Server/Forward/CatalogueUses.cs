namespace JitProxy.Server.Forward;

/// <summary>The databases whose names one session relies on; their catalogues are kept up to date for as long.</summary>
/// <remarks>For one thread at a time.</remarks>
internal sealed class CatalogueUses(CatalogueCache catalogues) : IDisposable
{
    /// <summary>What was prepared in a database keeps that database; of sessions that visit more, the first ones are not looked at any more.</summary>
    private const int CountMax = 16;

    private readonly Queue<(string Database, IDisposable Use)> _uses = [];

    /// <summary>The session has come to this database, <c>server/database</c>.</summary>
    public void Add(string database)
    {
        if (_uses.Any(use => use.Database == database))
            return;

        _uses.Enqueue((database, catalogues.Use(database)));
        if (_uses.Count > CountMax)
            _uses.Dequeue().Use.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_uses.TryDequeue(out var use))
            use.Use.Dispose();
    }
}
