using JitProxy.Storage.Grants;
using JitProxy.Storage.Users;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage;

/// <summary>The file that keeps users, tokens and grants. Safe to use from many threads.</summary>
public sealed class Store : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly StoreConnection _connection;

    private Store(StoreConnection connection, TimeProvider clock)
    {
        _connection = connection;
        Users = new(connection);
        Tokens = new(connection);
        Grants = new(connection, clock);
        InstallationSecret = connection.Query("SELECT value FROM store_meta WHERE key = 'secret'", static row => row.GetFieldValue<byte[]>(0))
            is [{ Length: >= 32 } secret] ? secret : throw connection.Damaged("the installation's secret is missing");
    }

    /// <summary>People who may sign in.</summary>
    public UserTable Users { get; }

    /// <summary>Their tokens.</summary>
    public TokenTable Tokens { get; }

    /// <summary>Grants.</summary>
    public GrantTable Grants { get; }

    /// <summary>32 random bytes that this installation made once and keeps: the root of keys that nobody else can guess.</summary>
    public ReadOnlyMemory<byte> InstallationSecret { get; }

    /// <summary>Opens a SQLite file, and makes it if it does not exist. Only its owner may read it.</summary>
    /// <exception cref="StoreException">The file is damaged, of another program, of a newer version, or cannot be opened.</exception>
    public static Store Open(string path, TimeProvider clock)
    {
        MakePrivate(path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, ForeignKeys = true }.ToString());
        try
        {
            connection.Open();
            StoreSchema.Run(connection, "PRAGMA busy_timeout = 5000");
            StoreSchema.Run(connection, "PRAGMA journal_mode = WAL");

            // A revocation or a counted execution must not come undone in a power cut.
            StoreSchema.Run(connection, "PRAGMA synchronous = FULL");
            StoreSchema.Ensure(connection, path);
            return new Store(new(connection, path), clock);
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw StoreFiles.Explain(error, path);
        }
        catch (StoreException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Counts one execution of an active grant; false, and nothing counted, if it has run as often as it may or is not active.</summary>
    public bool TrySpend(long grantId) => Grants.TrySpend(grantId);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    // Before SQLite sees it, so that there is no moment in which others can open the new file.
    private static void MakePrivate(string path)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            using (new FileStream(path, options))
            {
            }

            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, OwnerOnly);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreException("the database cannot be opened", path, "Check that its folder exists and that the proxy may write there.", error);
        }
    }
}
