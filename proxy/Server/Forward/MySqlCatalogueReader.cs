using System.Collections.Immutable;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;
using MySqlConnector;

namespace JitProxy.Server.Forward;

/// <summary>
/// Reads the catalogue of a MySQL or MariaDB server as one of its databases sees it, with the service account and over a connection of its own.
/// </summary>
/// <remarks>
/// All databases that the account may see are in it, because a statement and a view may name any of them. To follow views, the account
/// needs SHOW VIEW; what it may not see is unknown, and so masked or refused.
/// </remarks>
internal static class MySqlCatalogueReader
{
    /// <summary>More columns than this make no catalogue: nothing that people work with comes near, and memory is not endless.</summary>
    private const int ColumnsMax = 1_000_000;

    private const string ServerQuery = "SELECT VERSION(), @@version_comment, @@lower_case_table_names, DATABASE()";

    private const string RelationsQuery = """
        SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, COALESCE(t.ENGINE, ''), v.VIEW_DEFINITION
        FROM information_schema.TABLES t LEFT JOIN information_schema.VIEWS v ON v.TABLE_SCHEMA = t.TABLE_SCHEMA AND v.TABLE_NAME = t.TABLE_NAME
            AND t.TABLE_TYPE = 'VIEW' AND t.TABLE_SCHEMA <> 'sys'
        """;

    private const string ColumnsQuery = """
        SELECT TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, EXTRA FROM information_schema.COLUMNS
        """;

    private const string FunctionsQuery = """
        SELECT ROUTINE_SCHEMA, ROUTINE_NAME, SQL_DATA_ACCESS, IS_DETERMINISTIC FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'FUNCTION'
        """;

    private static readonly TimeSpan TimeoutDefault = TimeSpan.FromSeconds(60);

    /// <summary>Reads it.</summary>
    /// <exception cref="CatalogueFaultException">The server cannot be reached or read; the message names host, port and database.</exception>
    public static async Task<Catalogue> ReadAsync(UpstreamConfiguration upstream, string database, CancellationToken stop)
    {
        var what = $"the catalogue of {upstream.Host}:{upstream.Port}/{database} cannot be read";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeoutDefault);
        try
        {
            await using var connection = new MySqlConnection(MySqlConnectionString.Of(upstream, database));
            await connection.OpenAsync(limit.Token);
            return await ReadAsync(connection, database, limit.Token)
                ?? throw new CatalogueFaultException(new($"{what}: it has more than {ColumnsMax} columns"));
        }
        catch (MySqlException e)
        {
            throw new CatalogueFaultException(MySqlFault.Of(e, what), e);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new CatalogueFaultException(new($"{what}: it takes longer than {TimeoutDefault.TotalSeconds:0} s"), e);
        }
    }

    /// <summary>True if a server of this version is MariaDB.</summary>
    public static bool IsMariaDb(string version) => version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    // Null if there is too much of it.
    private static async Task<Catalogue?> ReadAsync(MySqlConnection connection, string database, CancellationToken stop)
    {
        // The modes decide how definitions are printed.
        await using (var modes = new MySqlCommand("SET SESSION sql_mode = ''", connection))
            await modes.ExecuteNonQueryAsync(stop);
        var server = (await ReadAsync(connection, ServerQuery, ReadServer, stop)).Single();
        if (await ReadColumnsAsync(connection, stop) is not { } columns)
            return null;

        var relations = await ReadAsync(connection, RelationsQuery, row => ReadRelation(row, columns), stop);
        var functions = await ReadAsync(connection, FunctionsQuery, ReadFunction, stop);
        return new(
            IsMariaDb(server.Version) ? SqlDialect.MariaDb : SqlDialect.MySql,
            [server.Database ?? database],
            relations,
            functions,
            operators: [],
            new(server.Version, server.FoldsTableNames));
    }

    private static async Task<Dictionary<(string, string), List<CatalogueColumn>>?> ReadColumnsAsync(MySqlConnection connection, CancellationToken stop)
    {
        var columns = new Dictionary<(string, string), List<CatalogueColumn>>();
        var count = 0;
        await using var command = new MySqlCommand(ColumnsQuery, connection);
        await using var row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
        {
            if (++count > ColumnsMax)
                return null;

            var relation = (row.GetString(0), row.GetString(1));
            if (!columns.TryGetValue(relation, out var list))
                columns[relation] = list = [];

            var extra = row.IsDBNull(5) ? "" : row.GetString(5);
            list.Add(new(checked((short)row.GetInt64(2)), row.GetString(3), row.GetString(4), 0)
            {
                IsInvisible = extra.Contains("INVISIBLE", StringComparison.OrdinalIgnoreCase),
            });
        }

        return columns;
    }

    private static async Task<List<T>> ReadAsync<T>(MySqlConnection connection, string query, Func<MySqlDataReader, T> read, CancellationToken stop)
    {
        var list = new List<T>();
        await using var command = new MySqlCommand(query, connection);
        await using var row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
            list.Add(read(row));

        return list;
    }

    private static (string Version, bool FoldsTableNames, string? Database) ReadServer(MySqlDataReader row)
    {
        // Builds of MariaDB may call themselves something else, and say what they are in the comment.
        var (version, comment) = (row.GetString(0), row.IsDBNull(1) ? "" : row.GetString(1));
        return (IsMariaDb(comment) && !IsMariaDb(version) ? $"{version}-MariaDB" : version, row.GetInt64(2) != 0, row.IsDBNull(3) ? null : row.GetString(3));
    }

    private static CatalogueRelation ReadRelation(MySqlDataReader row, Dictionary<(string, string), List<CatalogueColumn>> columns)
    {
        var (schema, name) = (row.GetString(0), row.GetString(1));
        var list = columns.GetValueOrDefault((schema, name), []);
        list.Sort(static (left, right) => left.Number.CompareTo(right.Number));

        // A merge table shows the rows of others. Which ones is not read: it is a view that cannot be followed.
        var isMerge = row.GetString(3).StartsWith("MRG_", StringComparison.OrdinalIgnoreCase);
        return new()
        {
            Schema = schema,
            Name = name,
            Kind = row.GetString(2) switch
            {
                "VIEW" => RelationKind.View,
                "SEQUENCE" => RelationKind.Sequence,
                _ => isMerge ? RelationKind.View : RelationKind.Table,
            },
            Definition = row.IsDBNull(4) || row.GetString(4) is not { Length: > 0 } definition ? null : definition,
            Columns = [.. list],
        };
    }

    // What is declared is not checked by the server: CONTAINS SQL is the default and says nothing, DETERMINISTIC does not mean that no table is read.
    private static CatalogueFunction ReadFunction(MySqlDataReader row)
    {
        var isDeterministic = row.GetString(3) == "YES";
        var volatility = row.GetString(2) switch
        {
            "NO SQL" => isDeterministic ? Volatility.Immutable : Volatility.Stable,
            "READS SQL DATA" => Volatility.Stable,
            "CONTAINS SQL" when isDeterministic => Volatility.Stable,
            _ => Volatility.Volatile,
        };
        return new(row.GetString(0), row.GetString(1), volatility, IsBuiltIn: false, ReturnsSet: false, ReturnTypeOid: 0);
    }
}
