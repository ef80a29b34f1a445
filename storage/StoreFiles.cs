using Microsoft.Data.Sqlite;

namespace JitProxy.Storage;

/// <summary>Says what to do about a database file that cannot be used.</summary>
internal static class StoreFiles
{
    // Result codes of SQLite: https://sqlite.org/rescode.html
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    public static StoreException Explain(SqliteException error, string path) => error.SqliteErrorCode switch
    {
        Busy => new StoreException("the database is locked by another process", path, "Stop the other process that writes to it.", error),
        ReadOnly => new StoreException("the database cannot be written", path, "Give the proxy the right to write the file and its folder.", error),
        Full => new StoreException("the disk is full", path, "Free some room on its disk.", error),
        CannotOpen => new StoreException("the database cannot be opened", path, "Check that its folder exists and that the proxy may write there.", error),
        Corrupt or NotADatabase =>
            new StoreException("the database is damaged or is no database", path, "Keep it as evidence and put the last backup in its place.", error),
        _ => new StoreException($"the database cannot be used: {error.Message}", path, "Check the disk and the file.", error),
    };
}
