namespace JitProxy.Storage.Tests;

/// <summary>A store in a folder of its own that goes away with the test.</summary>
internal sealed class StoreFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jitproxy-store-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "jitproxy.db");

    public FixedClock Clock { get; } = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public Store Open() => Store.Open(Path, Clock);

    public void Dispose() => _folder.Delete(recursive: true);
}
