using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>Up to which record each receiver of the trail has them: what a restart goes on from.</summary>
public sealed class ReceiverPositions
{
    private readonly string _path;
    private readonly AuditReader _reader;

    internal ReceiverPositions(string path) => (_path, _reader) = (path, new(path));

    /// <summary>The last record that a receiver has; null when it never had any.</summary>
    public long? Find(string name)
    {
        using var connection = _reader.OpenConnection();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq FROM audit_forward WHERE name = $name";
        command.Parameters.AddWithValue("$name", name);
        return command.ExecuteScalar() as long?;
    }

    /// <summary>Keeps the last record that a receiver has.</summary>
    /// <exception cref="StoreException">It cannot be kept.</exception>
    public void Keep(string name, long seq)
    {
        try
        {
            using var connection = _reader.OpenConnection();
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO audit_forward (name, seq) VALUES ($name, $seq) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq";
            command.Parameters.AddWithValue("$name", name);
            command.Parameters.AddWithValue("$seq", seq);
            command.ExecuteNonQuery();
        }
        catch (SqliteException error)
        {
            throw StoreFiles.Explain(error, _path);
        }
    }

    /// <summary>How many records of a database file a receiver does not have; null when it never had any, or when there is no such file.</summary>
    /// <remarks>For a look from outside; a proxy may have the file open.</remarks>
    public static long? LagOf(string path, string name)
    {
        try
        {
            return File.Exists(path) && new ReceiverPositions(path) is var positions && positions.Find(name) is { } seq
                ? Math.Max(0, positions._reader.LastSeq() - seq)
                : null;
        }
        catch (SqliteException)
        {
            // A file from before there were receivers.
            return null;
        }
    }
}
