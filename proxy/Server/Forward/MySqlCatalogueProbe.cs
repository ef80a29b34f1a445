using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Forward;

/// <summary>Tells whether what names mean on MySQL and MariaDB servers may have changed, without reading it all, and whether a few views have.</summary>
/// <remarks>
/// These servers keep no number that changes with their catalogues, so a probe is a digest that the server computes over what a catalogue is read from.
/// It costs tens of milliseconds, and more with many tables; so it is asked so seldom that it takes about one hundredth of the time, for all databases
/// of a server together.
/// </remarks>
internal sealed class MySqlCatalogueProbe(TimeProvider clock) : IAsyncDisposable
{
    /// <summary>The part of the time that a server may spend on probes: one hundredth.</summary>
    private const int Share = 100;

    /// <summary>Views that one question can be about; a statement with more is not checked by it.</summary>
    private const int ViewsMax = 256;

    private const string NotIn = "NOT IN ('information_schema', 'performance_schema'";

    private static readonly string Query = $"""
        SELECT CONCAT_WS(' ', VERSION(), @@version_comment, @@lower_case_table_names,
            {Digest("COLUMNS", "TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, COALESCE(EXTRA, '')", $"TABLE_SCHEMA {NotIn})")},
            {Digest("TABLES", "TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, COALESCE(ENGINE, '')", $"TABLE_SCHEMA {NotIn})")},
            {Digest("VIEWS", "TABLE_SCHEMA, TABLE_NAME, COALESCE(VIEW_DEFINITION, '')", $"TABLE_SCHEMA {NotIn}, 'sys')")},
            {Digest("ROUTINES", "ROUTINE_SCHEMA, ROUTINE_NAME, SQL_DATA_ACCESS, IS_DETERMINISTIC", "ROUTINE_TYPE = 'FUNCTION'")})
        """;

    private readonly ConcurrentDictionary<UpstreamConfiguration, Server> _servers = [];

    /// <summary>A text that is another one if anything changed that a catalogue is read from; as old as the cost of asking allows.</summary>
    /// <exception cref="CatalogueFaultException">The server cannot be reached or read.</exception>
    public async Task<string?> ReadAsync(UpstreamConfiguration upstream, CancellationToken stop)
    {
        var server = ServerOf(upstream);
        await server.Turn.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            if (server.Print is { } print && clock.GetElapsedTime(server.AskedAt) < server.Spacing)
                return print;

            // The cost is the server's, so it is measured with a clock that nobody sets.
            var (asked, watch) = (clock.GetTimestamp(), Stopwatch.StartNew());
            var rows = await server.Questions.AskAsync(Query, 1, 1, stop).ConfigureAwait(false);
            (server.Print, server.AskedAt, server.Spacing) = (rows is [[var text]] ? text : null, asked, SpacingFor(watch.Elapsed));
            return server.Print;
        }
        finally
        {
            server.Turn.Release();
        }
    }

    /// <summary>How long a probe is good for that took so long.</summary>
    public static TimeSpan SpacingFor(TimeSpan cost) =>
        cost * Share is var fair && fair < CatalogueCache.AgeMax ? fair : CatalogueCache.AgeMax;

    /// <summary>Asks whether views are what a catalogue says they are.</summary>
    /// <param name="upstream">The server.</param>
    /// <param name="views">The views, with the definitions that were read.</param>
    /// <param name="stop">Nobody waits any more.</param>
    /// <returns>What changed, as a clause; null if nothing did.</returns>
    /// <exception cref="CatalogueFaultException">The server cannot be reached or read.</exception>
    public async Task<string?> FindChangeAsync(UpstreamConfiguration upstream, ImmutableArray<CatalogueRelation> views, CancellationToken stop)
    {
        if (views.Length > ViewsMax)
            return $"it reads more than {ViewsMax} views";

        var rows = await ServerOf(upstream).Questions.AskAsync(QuestionAbout(views), 3, views.Length, stop).ConfigureAwait(false);
        var known = rows.ToDictionary(static row => (row[0] ?? "", row[1] ?? ""), static row => row[2]);
        foreach (var view in views)
        {
            if (!known.TryGetValue((view.Schema, view.Name), out var definition) || definition != view.Definition)
                return $"the view {view.Schema}.{view.Name} is not what it was";
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
            await server.Questions.DisposeAsync().ConfigureAwait(false);
    }

    // A server looks one view up by its names quickly, and several at once not at all.
    private static string QuestionAbout(ImmutableArray<CatalogueRelation> views)
    {
        var question = new StringBuilder();
        foreach (var view in views)
        {
            question.Append(question.Length == 0 ? "" : " UNION ALL ").Append("SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS")
                .Append(" WHERE TABLE_SCHEMA = ").Append(Literal(view.Schema)).Append(" AND TABLE_NAME = ").Append(Literal(view.Name));
        }

        return question.ToString();
    }

    // In the modes of this connection a backslash escapes.
    private static string Literal(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    // Rows are told apart by their names, so that two that are the same never take each other away.
    private static string Digest(string table, string columns, string condition) => $"""
        (SELECT CONCAT(COUNT(*), ':', BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS('/', {columns}), 256), 16), 16, 10) AS UNSIGNED)))
                FROM information_schema.{table} WHERE {condition})
        """;

    private Server ServerOf(UpstreamConfiguration upstream) => _servers.GetOrAdd(upstream, key => new(new(key, clock)));

    private sealed class Server(MySqlQuestions questions)
    {
        public MySqlQuestions Questions => questions;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public string? Print { get; set; }

        public long AskedAt { get; set; }

        public TimeSpan Spacing { get; set; }
    }
}
