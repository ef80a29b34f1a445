using System.Collections.Immutable;
using System.Data;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using JitProxy.Server.Configuration;
using JitProxy.Server.Forward;
using Npgsql;

namespace JitProxy.Conformance.Tests.Sql;

/// <summary>A server with the tables of all corpora, and the catalogues that the analysis sees there.</summary>
internal sealed class CorpusServer : IDisposable
{
    private readonly ThrowAwayPostgres _server;
    private readonly Catalogue _catalogue;

    private CorpusServer(ThrowAwayPostgres server, NpgsqlConnection connection, Catalogue catalogue) =>
        (_server, Connection, _catalogue) = (server, connection, catalogue);

    /// <summary>A session of its administrator.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Starts one.</summary>
    public static async Task<CorpusServer> StartAsync()
    {
        var server = ThrowAwayPostgres.Start(Ports.Free());
        try
        {
            var connection = new NpgsqlConnection(server.ConnectionString + ";Options=-c max_parallel_workers_per_gather=0 -c jit=off");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(await File.ReadAllTextAsync(SqlCorpus.PathOf("schema.sql")), connection);
            await command.ExecuteNonQueryAsync();
            var upstream = new UpstreamConfiguration { Host = "127.0.0.1", Port = server.Port, User = "postgres", Password = null, Tls = UpstreamTlsMode.Disable, Ca = null };
            return new(server, connection, await PostgresCatalogueReader.ReadAsync(upstream, "postgres", CancellationToken.None));
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Where the statements of a corpus find their tables.</summary>
    public static string SchemaOf(string source) => source.EndsWith(".sql.txt", StringComparison.Ordinal) && source[0] != 'p' ? source[..^".sql.txt".Length] : "public";

    /// <summary>The catalogue with this search path.</summary>
    public Catalogue CatalogueOf(string schema) => new(SqlDialect.PostgreSql, [schema], _catalogue.Relations, _catalogue.Functions, _catalogue.Operators);

    /// <summary>Runs a statement in a READ ONLY transaction, parameters NULL; the SQLSTATE that it ends with, null with the names of its columns if it ran to its end.</summary>
    public string? RunReadOnly(string schema, string text, int parameters, out string[] columns)
    {
        columns = [];
        Execute($"begin read only; set local search_path = {schema}; set local statement_timeout = 1000");
        try
        {
            using var command = new NpgsqlCommand(text, Connection) { AllResultTypesAreUnknown = true };
            for (var i = 0; i < parameters; i++)
                command.Parameters.Add(new() { Value = DBNull.Value });
            using var reader = command.ExecuteReader();
            columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
            while (reader.Read())
            {
                // The rows do not matter, that they come does.
            }

            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
        finally
        {
            EndTransaction();
        }
    }

    /// <summary>The first column of a query's rows.</summary>
    public ImmutableArray<string> Read(string query)
    {
        using var command = new NpgsqlCommand(query, Connection) { AllResultTypesAreUnknown = true };
        using var reader = command.ExecuteReader();
        var rows = ImmutableArray.CreateBuilder<string>();
        while (reader.Read())
            rows.Add(reader.GetString(0));
        return rows.ToImmutable();
    }

    public void Dispose()
    {
        Connection.Dispose();
        _server.Dispose();
    }

    // The driver gives up a connection that it hears of an internal error on.
    private void EndTransaction()
    {
        if (Connection.State == ConnectionState.Open)
        {
            Execute("rollback");
            return;
        }

        Connection.Close();
        Connection.Open();
    }

    private void Execute(string text)
    {
        using var command = new NpgsqlCommand(text, Connection);
        command.ExecuteNonQuery();
    }
}
