using System.Diagnostics;
using JitProxy.Storage.Audit;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>The files of an open trail as they are now: what another process would find if this one died now.</summary>
internal sealed class TrailCopy : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jitproxy-audit-copy-");

    public TrailCopy(TrailFixture fixture)
    {
        Copy(fixture.Path, Path);
        Copy(fixture.Path + "-wal", Path + "-wal");
        TakeJournal(fixture);
    }

    public string Path => System.IO.Path.Combine(_folder.FullName, "jitproxy.db");

    public long CommittedSeq
    {
        get
        {
            using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT last_seq FROM audit_head";
            return (long)command.ExecuteScalar()!;
        }
    }

    public void TakeJournal(TrailFixture fixture) => Copy(AuditTrail.JournalPath(fixture.Path), AuditTrail.JournalPath(Path));

    public AuditTrail Open(AuditOptions? options = null) =>
        AuditTrail.Open(Path, options ?? new AuditOptions { JournalSize = 1024 * 1024 }, TimeProvider.System);

    /// <summary>Where the last entry of the first lap lies in the journal file.</summary>
    public (int Start, int End) LastEntry()
    {
        const int First = 4096 + JournalFile.SegmentHeaderSize;
        var journal = File.ReadAllBytes(AuditTrail.JournalPath(Path));
        var (start, end) = (First, First);
        while (Entry.TryRead(journal.AsSpan(end), out var entry))
            (start, end) = (end, end + entry.Size);
        Assert.That(end, Is.GreaterThan(First));

        // Its padding is zeros, torn or not.
        return (start, start + journal.AsSpan(start, end - start).LastIndexOfAnyExcept((byte)0) + 1);
    }

    /// <summary>Zeroes the journal from here on, as if it had not been written.</summary>
    public void TearJournal(int offset)
    {
        var path = AuditTrail.JournalPath(Path);
        var journal = File.ReadAllBytes(path);
        Array.Clear(journal, offset, journal.Length - offset);
        File.WriteAllBytes(path, journal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // By another process: this one would trip over its own locks, or drop those of SQLite by closing the file.
    private static void Copy(string from, string to)
    {
        using var copy = Process.Start("cp", [from, to]);
        copy.WaitForExit();
        Assert.That(copy.ExitCode, Is.Zero);
    }
}
