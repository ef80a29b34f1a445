using System.Collections.Immutable;
using JitProxy.Policy.Sql;
using JitProxy.Server.Authenticate;
using JitProxy.Server.Configuration;
using Npgsql;

namespace JitProxy.Server.Forward;

/// <summary>Reads the catalogue of a PostgreSQL database, with the service account and over a connection of its own.</summary>
internal static class PostgresCatalogueReader
{
    private const string RelationsQuery = """
        SELECT c.oid, n.nspname, c.relname, c.relkind::text, CASE WHEN c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            THEN pg_catalog.pg_get_viewdef(c.oid) END,
            ARRAY(SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND n.nspname !~ '^pg_(toast|temp)'
        """;

    private const string ColumnsQuery = """
        SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
        ORDER BY a.attrelid, a.attnum
        """;

    private const string FunctionsQuery = """
        SELECT n.nspname, p.proname, p.provolatile::text, p.proretset, p.prorettype, p.oid < 16384, EXISTS (
            SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        """;

    private const string OperatorsQuery = """
        SELECT n.nspname, o.oprname, coalesce(p.provolatile::text, 'v'), EXISTS (
            SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype = 'e')
        FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace LEFT JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
        WHERE o.oid >= 16384
        """;

    private const string SearchPathQuery = "SELECT pg_catalog.current_schemas(false)";

    /// <summary>Reads it.</summary>
    /// <exception cref="CatalogueFaultException">The server cannot be reached or read; the message names host, port and database.</exception>
    public static async Task<Catalogue> ReadAsync(UpstreamConfiguration upstream, string database, CancellationToken stop)
    {
        try
        {
            await using var connection = new NpgsqlConnection(UpstreamConnectionString.Of(upstream, database));
            await connection.OpenAsync(stop);
            var columns = await ReadColumnsAsync(connection, stop);
            var relations = await ReadAsync(connection, RelationsQuery, row => ReadRelation(row, columns), stop);
            var functions = await ReadAsync(connection, FunctionsQuery, ReadFunction, stop);
            var operators = await ReadAsync(connection, OperatorsQuery, ReadOperator, stop);
            var searchPath = await ReadAsync(connection, SearchPathQuery, static row => row.GetFieldValue<string[]>(0), stop);
            return new(SqlDialect.PostgreSql, [.. searchPath.Single()], relations, functions, operators);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new CatalogueFaultException(FaultOf(e, $"the catalogue of {upstream.Host}:{upstream.Port}/{database} cannot be read"), e);
        }
    }

    /// <summary>What to tell of an exception of the driver's.</summary>
    public static UpstreamFault FaultOf(Exception e, string what) => e is PostgresException said
        ? new($"{what}: the server answers with SQLSTATE {said.SqlState}", said.SqlState, said.MessageText)
        : new($"{what}: {e.Message}");

    private static async Task<Dictionary<uint, ImmutableArray<CatalogueColumn>.Builder>> ReadColumnsAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        var columns = new Dictionary<uint, ImmutableArray<CatalogueColumn>.Builder>();
        await using var command = new NpgsqlCommand(ColumnsQuery, connection);
        await using var row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
        {
            var relation = row.GetFieldValue<uint>(0);
            if (!columns.TryGetValue(relation, out var list))
                columns[relation] = list = ImmutableArray.CreateBuilder<CatalogueColumn>();

            list.Add(new(row.GetInt16(1), row.GetString(2), row.GetString(3), row.GetFieldValue<uint>(4)));
        }

        return columns;
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string query, Func<NpgsqlDataReader, T> read, CancellationToken stop)
    {
        var list = new List<T>();
        await using var command = new NpgsqlCommand(query, connection);
        await using var row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
            list.Add(read(row));

        return list;
    }

    private static CatalogueRelation ReadRelation(NpgsqlDataReader row, Dictionary<uint, ImmutableArray<CatalogueColumn>.Builder> columns)
    {
        var oid = row.GetFieldValue<uint>(0);
        return new()
        {
            Oid = oid,
            Schema = row.GetString(1),
            Name = row.GetString(2),
            Kind = row.GetString(3) switch
            {
                "v" => RelationKind.View,
                "m" => RelationKind.MaterializedView,
                "S" => RelationKind.Sequence,
                "c" => RelationKind.CompositeType,
                _ => RelationKind.Table,
            },
            Definition = row.IsDBNull(4) ? null : row.GetString(4),
            Parents = [.. row.GetFieldValue<uint[]>(5)],
            Columns = columns.TryGetValue(oid, out var list) ? list.ToImmutable() : [],
        };
    }

    private static CatalogueFunction ReadFunction(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        ReadVolatility(row.GetString(2)),
        IsBuiltIn: row.GetBoolean(5),
        ReturnsSet: row.GetBoolean(3),
        ReturnTypeOid: row.GetFieldValue<uint>(4))
    {
        IsFromExtension = row.GetBoolean(6),
    };

    private static CatalogueOperator ReadOperator(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), ReadVolatility(row.GetString(2)), row.GetBoolean(3));

    private static Volatility ReadVolatility(string letter) => letter switch
    {
        "i" => Volatility.Immutable,
        "s" => Volatility.Stable,
        _ => Volatility.Volatile,
    };
}
