using System.Collections.Frozen;

namespace JitProxy.Policy.Sql.Resolving;

/// <summary>Whether what was found in a statement adds up to a read and nothing else.</summary>
internal static class ReadOnlyProof
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

    /// <summary>Why the statement is not a proven read, as a sentence; null if it is one.</summary>
    /// <param name="findings">What was found.</param>
    /// <param name="shape">What it returns.</param>
    /// <param name="catalogue">The names of the database.</param>
    /// <param name="admitted">True for functions, as schema and name, that the configuration admits although users made them.</param>
    public static string? Objection(Findings findings, QueryShape shape, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        if (findings.Objection is { } found)
            return found;
        foreach (var relation in findings.Relations)
        {
            if (ProtectedNames.IsRelation(relation.Schema, relation.Name))
                return $"it reads {relation.Schema}.{relation.Name}, which shows data past the masks";
        }

        foreach (var column in shape.Whole.Sources.Concat(findings.Predicates))
        {
            if (ProtectedNames.IsColumn(column))
                return $"it uses {column.Relation}.{column.Column}, which shows secrets or statements of others";
        }

        foreach (var name in findings.Operators)
        {
            if (!TrustedOperators.Contains(name, catalogue))
                return $"it uses the operator {name}, which is not one of the server's own";
        }

        foreach (var call in findings.Functions)
        {
            if (Objection(call, catalogue, admitted) is { } objection)
                return objection;
        }

        return null;
    }

    /// <summary>True unless every function and operator is known to be the server's or an extension's own, and to work on its arguments alone.</summary>
    public static bool RunsForeignCode(Findings findings, Catalogue catalogue) =>
        findings.Operators.Any(name => !TrustedOperators.Contains(name, catalogue))
        || findings.Functions.Any(call => !call.IsSyntax && (ProtectedNames.IsFunction(call.Name) || !IsTrusted(call, catalogue)));

    /// <summary>Why a call is not a proven read; null if it is one.</summary>
    public static string? Objection(CalledFunction call, Catalogue catalogue, Func<string, string, bool>? admitted)
    {
        if (call.IsSyntax)
            return null;
        if (ProtectedNames.IsFunction(call.Name))
            return $"it calls {call.Name}, which shows data past the masks or acts outside the statement";
        var isKnown = false;
        foreach (var function in FunctionTraits.Candidates(catalogue, call))
        {
            isKnown = true;
            if (!function.IsTrusted)
            {
                if (function.Volatility == Volatility.Volatile || admitted?.Invoke(function.Schema, function.Name) != true)
                    return $"it calls {function.Schema}.{function.Name}, which is not one of the server's own functions";
            }
            else if (function.Volatility == Volatility.Volatile && !HarmlessVolatile.Contains(call.Name))
            {
                return $"it calls {call.Name}, which may do more than read";
            }
        }

        return isKnown || (call.Schema is null && LaterForms.Contains(call.Name)) ? null : $"it calls {Full(call)}, which is not known";
    }

    private static bool IsTrusted(CalledFunction call, Catalogue catalogue)
    {
        var isKnown = false;
        foreach (var function in FunctionTraits.Candidates(catalogue, call))
        {
            if (!function.IsTrusted)
                return false;
            isKnown = true;
        }

        return isKnown || (call.Schema is null && LaterForms.Contains(call.Name));
    }

    /// <summary>The function as people write it.</summary>
    public static string Full(CalledFunction call) => call.Schema is null ? call.Name : $"{call.Schema}.{call.Name}";
}
