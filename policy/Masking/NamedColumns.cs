using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Masking;

/// <summary>The columns that the configuration names one by one, compared as their server compares names.</summary>
/// <remarks>Where letter case means nothing to the server it must mean nothing here: a mask would otherwise be missed for the way it is written.</remarks>
internal sealed class NamedColumns
{
    private readonly Dictionary<MaskedColumn, string> _types = [];
    private readonly bool _foldsColumns;
    private readonly bool _foldsTables;

    public NamedColumns(MaskingPolicy policy, Catalogue catalogue)
    {
        _foldsColumns = catalogue.Dialect != SqlDialect.PostgreSql;
        _foldsTables = catalogue.Server.FoldsTableNames;
        foreach (var (column, type) in policy.Columns.OrderBy(static named => named.Key.ToString(), StringComparer.Ordinal))
            _types.TryAdd(Fold(column), type);
    }

    /// <summary>The semantic type of a column; null if it is not named.</summary>
    public string? Find(in MaskedColumn column) => _types.GetValueOrDefault(Fold(column));

    /// <summary>True if any column of this table is named.</summary>
    public bool HasTable(string server, string database, string schema, string table)
    {
        var wanted = Fold(new(server, database, schema, table, ""));
        return _types.Keys.Any(c => c with { Column = "" } == wanted);
    }

    /// <summary>True if any column of this database, or of any database for null, is named.</summary>
    public bool HasDatabase(string server, string? database)
    {
        var wanted = database is null ? null : Fold(new(server, database, "", "", "")).Database;
        return _types.Keys.Any(c => c.Server == server && (wanted is null || c.Database == wanted));
    }

    private MaskedColumn Fold(in MaskedColumn column) => new(
        column.Server,
        _foldsTables ? column.Database.ToLowerInvariant() : column.Database,
        column.Schema,
        _foldsTables ? column.Table.ToLowerInvariant() : column.Table,
        _foldsColumns ? column.Column.ToLowerInvariant() : column.Column);
}
