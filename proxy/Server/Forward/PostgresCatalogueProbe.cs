using JitProxy.Server.Configuration;
using Npgsql;

namespace JitProxy.Server.Forward;

/// <summary>Tells cheaply whether the catalogue of a PostgreSQL database may have changed: one query, over one connection that is kept for a minute.</summary>
internal static class PostgresCatalogueProbe
{
    // A row that is changed gets the number of its transaction, and numbers only grow: with as many rows as before, their sum differs. Relations
    // are told by their names instead, because TRUNCATE and the like rewrite their rows for nothing. Temporary ones come and go, and do not count.
    private const string Query = """
        SELECT pg_catalog.concat_ws(' ', pg_catalog.current_schemas(false),
            (SELECT pg_catalog.concat_ws(':', count(*), sum(n.xmin::text::bigint)) FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_(toast|temp)'),
            (SELECT sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', c.relnamespace, c.relkind, c.relname), c.oid::bigint))
                FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND c.relpersistence <> 't'),
            (SELECT pg_catalog.concat_ws(':', count(*), sum(a.xmin::text::bigint))
                FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
                WHERE a.attnum > 0 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND c.relpersistence <> 't'),
            (SELECT pg_catalog.concat_ws(':', count(*), sum(i.xmin::text::bigint)) FROM pg_catalog.pg_inherits i),
            (SELECT pg_catalog.concat_ws(':', count(*), sum(r.xmin::text::bigint)) FROM pg_catalog.pg_rewrite r),
            (SELECT pg_catalog.concat_ws(':', count(*), sum(p.xmin::text::bigint)) FROM pg_catalog.pg_proc p),
            (SELECT pg_catalog.concat_ws(':', count(*), sum(o.xmin::text::bigint)) FROM pg_catalog.pg_operator o),
            (SELECT pg_catalog.concat_ws(':', count(*), sum(t.xmin::text::bigint)) FROM pg_catalog.pg_type t
                JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname !~ '^pg_(toast|temp)'),
            (SELECT pg_catalog.concat_ws(':', count(*), sum(d.xmin::text::bigint)) FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'))
        """;

    /// <summary>A text that is another one if anything changed that the catalogue is read from.</summary>
    /// <exception cref="CatalogueFaultException">The server cannot be reached or read; the message names host, port and database.</exception>
    public static async Task<string?> ReadAsync(UpstreamConfiguration upstream, string database, CancellationToken stop)
    {
        var place = new NpgsqlConnectionStringBuilder(UpstreamConnectionString.Of(upstream, database))
        {
            Pooling = true,
            MaxPoolSize = 1,
            ConnectionIdleLifetime = 60,
            NoResetOnClose = true,
        };
        try
        {
            await using var connection = new NpgsqlConnection(place.ConnectionString);
            try
            {
                return await AskAsync(connection, stop);
            }
            catch (NpgsqlException e) when (e is not PostgresException || connection.State != System.Data.ConnectionState.Open)
            {
                // The server may have been restarted since the connection was used last: one that is new tells.
                await connection.CloseAsync();
                NpgsqlConnection.ClearPool(connection);
                return await AskAsync(connection, stop);
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            var what = $"the catalogue of {upstream.Host}:{upstream.Port}/{database} cannot be read";
            throw new CatalogueFaultException(PostgresCatalogueReader.FaultOf(e, what), e);
        }
    }

    private static async Task<string?> AskAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        await connection.OpenAsync(stop);
        await using var command = new NpgsqlCommand(Query, connection);
        return (string?)await command.ExecuteScalarAsync(stop);
    }
}
