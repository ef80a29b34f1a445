using System.Globalization;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>
/// The catalogue of a PostgreSQL 15 with a small application in it, as the server had it: customers, orders, nodes, sales.leads, views over them
/// and a few functions. Lines of the file: R relation (columns as number:name:type:type oid), F function.
/// </summary>
internal static class TestCatalogue
{
    private static readonly Lazy<Catalogue> Loaded = new(Load);

    /// <summary>The catalogue, search path <c>public</c>.</summary>
    public static Catalogue Shop => Loaded.Value;

    private static Catalogue Load()
    {
        var relations = new List<CatalogueRelation>();
        var functions = new List<CatalogueFunction>();
        foreach (var line in File.ReadLines(SqlCorpus.PathOf("catalogue-postgresql-15.tsv")))
        {
            var fields = line.Split('\t');
            if (fields[0] == "R")
                relations.Add(Relation(fields));
            else
                functions.Add(Function(fields));
        }

        return new(SqlDialect.PostgreSql, ["public"], relations, functions);
    }

    private static CatalogueRelation Relation(string[] fields) => new()
    {
        Oid = uint.Parse(fields[1], CultureInfo.InvariantCulture),
        Schema = fields[2],
        Name = fields[3],
        Kind = fields[4] switch
        {
            "v" => RelationKind.View,
            "m" => RelationKind.MaterializedView,
            "S" => RelationKind.Sequence,
            "c" => RelationKind.CompositeType,
            _ => RelationKind.Table,
        },
        Columns = [.. Columns(fields[5])],
        Definition = fields[6].Length == 0 ? null : fields[6],
    };

    // A type may hold a comma: numeric(10,2). A column begins with its number.
    private static IEnumerable<CatalogueColumn> Columns(string list)
    {
        foreach (var column in list.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = column.Split(':');
            yield return new(short.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2], uint.Parse(parts[3], CultureInfo.InvariantCulture));
        }
    }

    private static CatalogueFunction Function(string[] fields) => new(
        fields[1],
        fields[2],
        fields[3] switch { "i" => Volatility.Immutable, "s" => Volatility.Stable, _ => Volatility.Volatile },
        fields[1] is "pg_catalog" or "information_schema",
        fields[4] == "t",
        uint.Parse(fields[5], CultureInfo.InvariantCulture));
}
