using System.Collections.Frozen;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Names as PostgreSQL has them: the parser has folded them, so that they are compared as they are.</summary>
internal sealed class PostgresNames(Catalogue catalogue) : ServerNames(catalogue)
{
    // Volatile because they change from call to call or look at the server's state, but they touch nothing.
    private static readonly FrozenSet<string> HarmlessVolatile = (
        "random random_normal clock_timestamp statement_timestamp timeofday gen_random_uuid uuidv4 uuidv7 pg_relation_size pg_table_size " +
        "pg_indexes_size pg_total_relation_size pg_database_size pg_tablespace_size pg_is_in_recovery pg_is_wal_replay_paused " +
        "pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_current_wal_lsn pg_current_wal_insert_lsn " +
        "pg_current_wal_flush_lsn pg_partition_tree pg_partition_ancestors pg_jit_available pg_collation_actual_version " +
        "pg_database_collation_actual_version pg_blocking_pids pg_safe_snapshot_blocking_pids pg_xact_status txid_status " +
        "pg_xact_commit_timestamp amvalidate").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    // Forms of the grammar from PostgreSQL 16 on. On an older server the names are free, and then the catalogue decides.
    private static readonly FrozenSet<string> LaterForms =
        "json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_value".Split(' ')
            .ToFrozenSet(StringComparer.Ordinal);

    public override StringComparer Columns => StringComparer.Ordinal;

    public override StringComparer Tables => StringComparer.Ordinal;

    public override bool TargetsAreNames => false;

    public override bool HasRowValues => true;

    public override bool MergesAsListed => true;

    public override StringComparer CommonTables => StringComparer.Ordinal;

    public override CatalogueRelation? Find(QualifiedName name)
    {
        if (name.Schema is { } schema)
            return Catalogue.FindRelation(schema, name.Name);
        if (Catalogue.FindRelation("pg_catalog", name.Name) is { } builtIn)
            return builtIn;
        foreach (var place in Catalogue.SearchPath)
        {
            if (Catalogue.FindRelation(place, name.Name) is { } found)
                return found;
        }

        return null;
    }

    // Those of its schema, or of every schema on the search path.
    public override IEnumerable<CatalogueFunction> Candidates(CalledFunction call) =>
        Catalogue.FindFunctions(call.Name).Where(function => call.Schema is { } schema
            ? function.Schema == schema
            : function.Schema == "pg_catalog" || Catalogue.SearchPath.Contains(function.Schema));

    public override bool TryParseView(string definition, out Statement statement) => PostgresParser.TryParse(Encode(definition), out statement, out _);

    public override string? Label(Target target) => target.Label ?? ColumnLabel.Of(target.Value);

    public override string? ValuesColumn(int index) => $"column{index + 1}";

    public override bool IsSystemSchema(string schema) => schema is "pg_catalog" or "information_schema";

    public override bool IsProtectedRelation(string schema, string name) => ProtectedNames.IsRelation(schema, name);

    public override bool IsProtectedColumn(SourceColumn column) => ProtectedNames.IsColumn(column);

    public override bool IsProtectedFunction(string name) => ProtectedNames.IsFunction(name);

    public override bool IsKnownFunction(CalledFunction call) => call.Schema is null && LaterForms.Contains(call.Name);

    public override bool IsHarmlessVolatile(string function) => HarmlessVolatile.Contains(function);

    public override bool IsTrustedOperator(string name) => TrustedOperators.Contains(name, Catalogue);
}
