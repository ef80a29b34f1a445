using System.Globalization;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage;

/// <summary>The store's one connection: a statement at a time, and every failure says which file and what to do.</summary>
internal sealed class StoreConnection : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly string _path;

    public StoreConnection(SqliteConnection connection, string path) => (_connection, _path) = (connection, path);

    /// <summary>Runs a command and gives the number of rows changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        lock (_gate)
        {
            try
            {
                using var command = Prepare(sql, parameters);
                return command.ExecuteNonQuery();
            }
            catch (SqliteException error)
            {
                throw StoreFiles.Explain(error, _path);
            }
        }
    }

    /// <summary>Reads all rows.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        lock (_gate)
        {
            try
            {
                using var command = Prepare(sql, parameters);
                using var reader = command.ExecuteReader();
                var rows = new List<T>();
                while (reader.Read())
                    rows.Add(read(reader));

                return rows;
            }
            catch (SqliteException error)
            {
                throw StoreFiles.Explain(error, _path);
            }
            catch (Exception error) when (error is InvalidCastException or FormatException or ArgumentException)
            {
                throw Damaged("a row cannot be read", error);
            }
        }
    }

    /// <summary>What is thrown for a row that JitProxy did not write.</summary>
    public StoreException Damaged(string problem, Exception? inner = null) =>
        new(problem, _path, "Keep the file as evidence and put the last backup in its place.", inner);

    public void Dispose()
    {
        lock (_gate)
            _connection.Dispose();
    }

    /// <summary>A time as the store keeps it: RFC 3339, UTC, 100 ns; texts sort as times do.</summary>
    public static string Format(DateTimeOffset time) => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    /// <summary>A time as the store keeps it, or NULL.</summary>
    public static string? Format(DateTimeOffset? time) => time is { } value ? Format(value) : null;

    /// <summary>Reads a time.</summary>
    public static DateTimeOffset Time(string text) => DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture);

    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);

        return command;
    }
}
