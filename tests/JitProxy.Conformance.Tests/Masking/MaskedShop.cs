using System.Collections.Immutable;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using Npgsql;

namespace JitProxy.Conformance.Tests.Masking;

/// <summary>The shop of shop.sql: its policy, and its catalogue as the server has it.</summary>
internal static class MaskedShop
{
    public static MaskSubject Alice => new("alice", "shop", "app", "", "", Unmask: false, DateTimeOffset.UnixEpoch);

    public static MaskingPolicy Policy { get; } = new()
    {
        SemanticTypes = new Dictionary<string, MaskAlgorithm>
        {
            ["full"] = MaskAlgorithm.Full,
            ["email"] = new(MaskKind.InnerOuter) { Prefix = 1, Suffix = 4 },
            ["year"] = new(MaskKind.DateTrunc) { Unit = DateUnit.Decade },
            ["money"] = new(MaskKind.Round) { Step = 1000 },
            ["hash"] = new(MaskKind.Hash),
        }.ToImmutableDictionary(),
        Columns = Columns(
            "customers.ssn full", "customers.email email", "customers.nick email", "customers.born year", "customers.salary money", "customers.tags full",
            "customers.home full", "customers.m full", "customers.j full", "customers.b full", "customers.code full", "customers.nm hash", "customers.ts year",
            "customers.f money", "customers.u hash", "payments.card full", "base.a full", "child.b full"),
        Secrets = MaskSecrets.Derive("0123456789abcdef"u8),
    };

    public static Catalogue Read(NpgsqlConnection connection)
    {
        var columns = Query(
            connection,
            "SELECT attrelid, attnum, attname, format_type(atttypid, atttypmod), atttypid FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped ORDER BY 1, 2",
            static r => (Relation: r.GetFieldValue<uint>(0), Column: new CatalogueColumn(r.GetInt16(1), r.GetString(2), r.GetString(3), r.GetFieldValue<uint>(4))))
            .ToLookup(static c => c.Relation, static c => c.Column);
        var relations = Query(
            connection,
            """
            SELECT c.oid, n.nspname, relname, relkind::text, CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
                ARRAY(SELECT inhparent FROM pg_inherits WHERE inhrelid = c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
            """,
            r => new CatalogueRelation
            {
                Oid = r.GetFieldValue<uint>(0),
                Schema = r.GetString(1),
                Name = r.GetString(2),
                Kind = KindOf(r.GetString(3)),
                Definition = r.IsDBNull(4) ? null : r.GetString(4),
                Parents = [.. r.GetFieldValue<uint[]>(5)],
                Columns = [.. columns[r.GetFieldValue<uint>(0)]],
            });
        var functions = Query(
            connection,
            "SELECT nspname, proname, provolatile::text, proretset, prorettype, p.oid < 16384 FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace",
            static r => new CatalogueFunction(r.GetString(0), r.GetString(1), VolatilityOf(r.GetString(2)), r.GetBoolean(5), r.GetBoolean(3), r.GetFieldValue<uint>(4)));
        return new(SqlDialect.PostgreSql, ["public"], relations, functions);
    }

    private static RelationKind KindOf(string letter) => letter switch
    {
        "v" => RelationKind.View,
        "m" => RelationKind.MaterializedView,
        "S" => RelationKind.Sequence,
        "c" => RelationKind.CompositeType,
        _ => RelationKind.Table,
    };

    private static Volatility VolatilityOf(string letter) => letter switch
    {
        "i" => Volatility.Immutable,
        "s" => Volatility.Stable,
        _ => Volatility.Volatile,
    };

    private static ImmutableDictionary<MaskedColumn, string> Columns(params string[] columns) => columns
        .Select(static c => c.Split('.', ' '))
        .ToImmutableDictionary(static c => new MaskedColumn("shop", "app", "public", c[0], c[1]), static c => c[2]);

    private static List<T> Query<T>(NpgsqlConnection connection, string text, Func<NpgsqlDataReader, T> read)
    {
        using var command = new NpgsqlCommand(text, connection);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }
}
