using System.Collections.Immutable;
using JitProxy.Policy.Sql;
using JitProxy.Server.Results;

namespace JitProxy.Server.Export;

/// <summary>Writes a result in one format, row by row.</summary>
internal abstract class RowFormat : IAsyncDisposable
{
    /// <summary>The writer of a format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="fields">The columns.</param>
    /// <param name="dialect">The language of the server.</param>
    /// <param name="table">The table that INSERT statements name.</param>
    /// <param name="output">Takes what is written.</param>
    public static RowFormat Create(ExportFormat format, ImmutableArray<ResultField> fields, SqlDialect dialect, string table, ExportBuffer output) =>
        format switch
        {
            ExportFormat.Csv => new CsvFormat(fields, output),
            ExportFormat.Json => new JsonFormat(fields, output),
            ExportFormat.Sql => new SqlFormat(fields, dialect, table, output),
            ExportFormat.Xlsx => new XlsxFormat(fields, output),
        };

    /// <summary>Writes what comes before the rows; an answer is why the format cannot hold them.</summary>
    public abstract ValueTask<string?> BeginAsync();

    /// <summary>Writes a row; an answer is why the format cannot hold it.</summary>
    public abstract ValueTask<string?> AddAsync(ResultRow row);

    /// <summary>Writes what comes behind the rows.</summary>
    public abstract ValueTask EndAsync();

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => default;

    /// <summary>Names for the columns that are all different: what comes again gets a number.</summary>
    protected static ImmutableArray<string> UniqueNames(ImmutableArray<ResultField> fields)
    {
        var taken = new HashSet<string>(fields.Select(static f => f.Name), StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. fields.Select(field =>
        {
            var name = field.Name;
            for (var number = 2; !seen.Add(name); number++)
            {
                var next = $"{field.Name}_{number}";
                name = taken.Add(next) ? next : name;
            }

            return name;
        })];
    }
}
