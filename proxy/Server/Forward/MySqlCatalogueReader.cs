using System.Globalization;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

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
    /// <summary>Has the server print definitions in one way.</summary>
    public const string PlainModes = "SET SESSION sql_mode = ''";

    /// <summary>More columns, tables or functions than this make no catalogue: nothing that people work with comes near, and memory is not endless.</summary>
    private const int CountMax = 1_000_000;

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
        var what = WhatFails(upstream, database);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeoutDefault);
        try
        {
            await using var server = await MySqlReading.OpenAsync(upstream, database, what, limit.Token);
            return await ReadAsync(server, database, limit.Token)
                ?? throw new CatalogueFaultException(new($"{what}: it has more than {CountMax} columns, tables or functions"));
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new CatalogueFaultException(new($"{what}: it takes longer than {TimeoutDefault.TotalSeconds:0} s"), e);
        }
    }

    /// <summary>The beginning of every fault.</summary>
    public static string WhatFails(UpstreamConfiguration upstream, string database) =>
        $"the catalogue of {upstream.Host}:{upstream.Port}/{database} cannot be read";

    /// <summary>True if a server of this version is MariaDB.</summary>
    public static bool IsMariaDb(string version) => version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    // Null if there is too much of it.
    private static async Task<Catalogue?> ReadAsync(MySqlReading connection, string database, CancellationToken stop)
    {
        // The modes decide how definitions are printed.
        await connection.RunAsync(PlainModes, stop);
        var server = await ReadAsync(connection, ServerQuery, 4, ReadServer, stop);
        if (await ReadColumnsAsync(connection, stop) is not { } columns
            || await ReadAsync(connection, RelationsQuery, 5, row => ReadRelation(row, columns), stop) is not { } relations
            || await ReadAsync(connection, FunctionsQuery, 4, ReadFunction, stop) is not { } functions
            || server is not [var (version, foldsTableNames, current)])
        {
            return null;
        }

        return new(
            IsMariaDb(version) ? SqlDialect.MariaDb : SqlDialect.MySql,
            [current ?? database],
            relations,
            functions,
            operators: [],
            new(version, foldsTableNames));
    }

    private static async Task<Dictionary<(string, string), List<CatalogueColumn>>?> ReadColumnsAsync(MySqlReading connection, CancellationToken stop)
    {
        var columns = new Dictionary<(string, string), List<CatalogueColumn>>();
        var all = await ReadAsync(
            connection,
            ColumnsQuery,
            6,
            row =>
            {
                var relation = (Text(row, 0), Text(row, 1));
                if (!columns.TryGetValue(relation, out var list))
                    columns[relation] = list = [];

                list.Add(new((short)Math.Clamp(Number(row, 2), 0, short.MaxValue), Text(row, 3), Text(row, 4), 0)
                {
                    IsInvisible = Text(row, 5).Contains("INVISIBLE", StringComparison.OrdinalIgnoreCase),
                });
                return true;
            },
            stop);
        return all is null ? null : columns;
    }

    private static async Task<List<T>?> ReadAsync<T>(
        MySqlReading connection, string query, int columnCount, Func<string?[], T> read, CancellationToken stop)
    {
        var (list, isWhole) = (new List<T>(), true);
        await connection.RunAsync(
            query,
            columnCount,
            row =>
            {
                isWhole = list.Count < CountMax;
                if (isWhole)
                    list.Add(read(row));

                return isWhole;
            },
            stop);
        return isWhole ? list : null;
    }

    private static string Text(string?[] row, int column) => row[column] ?? "";

    private static long Number(string?[] row, int column) =>
        long.TryParse(row[column], NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static (string Version, bool FoldsTableNames, string? Database) ReadServer(string?[] row)
    {
        // Builds of MariaDB may call themselves something else, and say what they are in the comment.
        var (version, comment) = (Text(row, 0), Text(row, 1));
        return (IsMariaDb(comment) && !IsMariaDb(version) ? $"{version}-MariaDB" : version, Number(row, 2) != 0, row[3]);
    }

    private static CatalogueRelation ReadRelation(string?[] row, Dictionary<(string, string), List<CatalogueColumn>> columns)
    {
        var (schema, name) = (Text(row, 0), Text(row, 1));
        var list = columns.GetValueOrDefault((schema, name), []);
        list.Sort(static (left, right) => left.Number.CompareTo(right.Number));

        // A merge table shows the rows of others. Which ones is not read: it is a view that cannot be followed.
        var isMerge = Text(row, 3).StartsWith("MRG_", StringComparison.OrdinalIgnoreCase);
        return new()
        {
            Schema = schema,
            Name = name,
            Kind = Text(row, 2) switch
            {
                "VIEW" => RelationKind.View,
                "SEQUENCE" => RelationKind.Sequence,
                _ => isMerge ? RelationKind.View : RelationKind.Table,
            },
            Definition = row[4] is { Length: > 0 } definition ? definition : null,
            Columns = [.. list],
        };
    }

    // What is declared is not checked by the server: CONTAINS SQL is the default and says nothing, DETERMINISTIC does not mean that no table is read.
    private static CatalogueFunction ReadFunction(string?[] row)
    {
        var isDeterministic = Text(row, 3) == "YES";
        var volatility = Text(row, 2) switch
        {
            "NO SQL" => isDeterministic ? Volatility.Immutable : Volatility.Stable,
            "READS SQL DATA" => Volatility.Stable,
            "CONTAINS SQL" when isDeterministic => Volatility.Stable,
            _ => Volatility.Volatile,
        };
        return new(Text(row, 0), Text(row, 1), volatility, IsBuiltIn: false, ReturnsSet: false, ReturnTypeOid: 0);
    }
}
