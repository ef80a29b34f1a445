using System.Collections.Immutable;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>The catalogue of a small application on MariaDB or MySQL: databases <c>shop</c>, where sessions are, and <c>sales</c>.</summary>
internal static class MySqlShop
{
    /// <summary>MariaDB, names of tables with their letter case.</summary>
    public static Catalogue MariaDb { get; } = Create(SqlDialect.MariaDb, "10.11.19-MariaDB", foldsTableNames: false);

    /// <summary>MySQL, names of tables with their letter case.</summary>
    public static Catalogue MySql { get; } = Create(SqlDialect.MySql, "9.7.4", foldsTableNames: false);

    /// <summary>MySQL on a file system without letter case.</summary>
    public static Catalogue Folding { get; } = Create(SqlDialect.MySql, "9.7.4", foldsTableNames: true);

    private static Catalogue Create(SqlDialect dialect, string version, bool foldsTableNames) => new(
        dialect,
        ["shop"],
        [
            Table("shop", "customers", "id", "name", "email", "phone", "ssn", "born", "doc", "hidden") with
            {
                Columns = [.. Columns("id", "name", "email", "phone", "ssn", "born", "doc"), new(8, "hidden", "text", 0) { IsInvisible = true }],
            },
            Table("shop", "orders", "id", "customer_id", "amount", "note"),
            Table("shop", "nodes", "id", "parent_id", "label", "secret"),
            Table("sales", "leads", "id", "email", "ssn"),
            View("v_customers", "select `shop`.`customers`.`id` AS `id`,`shop`.`customers`.`name` AS `name`,`shop`.`customers`.`ssn` AS `ssn` from `shop`.`customers`", "id", "name", "ssn"),
            View("v_masked", "select concat(`v_customers`.`ssn`,'x') AS `ssn`,char_length(`c`.`email`) AS `size` from (`shop`.`v_customers` join `shop`.`customers` `c` on(`c`.`id` = `v_customers`.`id`))", "ssn", "size"),
            View("v_active", "select `c`.`id` AS `id` from `shop`.`customers` `c` where exists(select 1 from `shop`.`orders` `o` where `o`.`customer_id` = `c`.`id` limit 1) and `c`.`ssn` is not null", "id"),
            View("v_blind", null, "id", "ssn"),
            new() { Schema = "shop", Name = "seq", Kind = RelationKind.Sequence, Columns = Columns("next_not_cached_value") },
            Table("information_schema", "TABLES", "TABLE_SCHEMA", "TABLE_NAME"),
            Table("information_schema", "PROCESSLIST", "ID", "INFO"),
            Table("mysql", "user", "Host", "User", "authentication_string"),
            Table("mysql", "time_zone_name", "Name"),
            Table("performance_schema", "events_statements_history", "SQL_TEXT"),
        ],
        [
            new("shop", "leak", Volatility.Stable, IsBuiltIn: false, ReturnsSet: false, 0),
            new("shop", "pure", Volatility.Immutable, IsBuiltIn: false, ReturnsSet: false, 0),
            new("shop", "act", Volatility.Volatile, IsBuiltIn: false, ReturnsSet: false, 0),
            new("shop", "max", Volatility.Stable, IsBuiltIn: false, ReturnsSet: false, 0),
            new("sales", "score", Volatility.Stable, IsBuiltIn: false, ReturnsSet: false, 0),
        ],
        server: new(version, foldsTableNames));

    private static CatalogueRelation Table(string schema, string name, params string[] columns) => new() { Schema = schema, Name = name, Columns = Columns(columns) };

    private static CatalogueRelation View(string name, string? definition, params string[] columns) =>
        Table("shop", name, columns) with { Kind = RelationKind.View, Definition = definition };

    private static ImmutableArray<CatalogueColumn> Columns(params string[] names) => [.. names.Select((name, i) => new CatalogueColumn((short)(i + 1), name, "text", 0))];
}
