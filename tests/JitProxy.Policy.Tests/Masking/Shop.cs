using System.Collections.Immutable;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>A small shop: its catalogue, its policy, and short ways to write analyses and results over them.</summary>
internal static class Shop
{
    public const uint Customers = 20001;
    public const uint CustomersView = 20002;
    public const uint Orders = 20003;
    public const uint Payments = 20010;
    public const uint Payments2024 = 20011;
    public const uint Payments2024March = 20012;
    public const uint Citext = 17000;
    public const uint Text = 25;
    public const uint Int4 = 23;
    public const uint Numeric = 1700;

    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static readonly MaskAlgorithm Email = new(MaskKind.InnerOuter) { Prefix = 1, Suffix = 4 };

    public static readonly Catalogue Catalogue = new(
        SqlDialect.PostgreSql,
        ["public"],
        [
            Table(Customers, "customers", "id", "name", "ssn", "email", "nick") with
            {
                Columns = [Column(1, "id", Int4), Column(2, "name"), Column(4, "ssn"), Column(5, "email"), new(6, "nick", "public.citext", Citext)],
            },
            Table(CustomersView, "customers_view", "id", "who", "number") with { Kind = RelationKind.View, Definition = "..." },
            Table(Orders, "orders", "id", "customer_id", "note"),
            Table(Payments, "payments", "id", "card"),
            Table(Payments2024, "payments_2024", "id", "card") with { Parents = [Payments] },
            Table(Payments2024March, "payments_2024_03", "card", "id", "clerk_phone") with { Parents = [Payments2024] },
        ],
        [
            new("pg_catalog", "length", Volatility.Immutable, IsBuiltIn: true, ReturnsSet: false, Int4),
            new("public", "secret_of", Volatility.Stable, IsBuiltIn: false, ReturnsSet: false, Text),
        ]);

    public static readonly MaskingPolicy Policy = new()
    {
        SemanticTypes = Types(("ssn", MaskAlgorithm.Full), ("email", Email), ("card", new(MaskKind.Hash))),
        Columns = Columns(("customers", "ssn", "ssn"), ("customers", "email", "email"), ("customers", "nick", "email"), ("payments", "card", "card")),
        Secrets = new() { HashKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)], Md5Salt = [.. Enumerable.Range(1, 16).Select(i => (byte)i)] },
    };

    public static MaskSubject Alice => new("alice", "shop", "app", "prod", "store", Unmask: false, Now);

    public static ImmutableDictionary<string, MaskAlgorithm> Types(params (string Name, MaskAlgorithm Algorithm)[] types) =>
        types.ToImmutableDictionary(t => t.Name, t => t.Algorithm);

    public static ImmutableDictionary<MaskedColumn, string> Columns(params (string Table, string Column, string Type)[] columns) =>
        columns.ToImmutableDictionary(c => new MaskedColumn("shop", "app", "public", c.Table, c.Column), c => c.Type);

    public static MaskingPolicy With(this MaskingPolicy policy, ImmutableArray<MaskRule> rules = default, ImmutableArray<MaskExemption> exemptions = default) => new()
    {
        SemanticTypes = policy.SemanticTypes,
        Columns = policy.Columns,
        Secrets = policy.Secrets,
        Rules = rules.IsDefault ? policy.Rules : rules,
        Exemptions = exemptions.IsDefault ? policy.Exemptions : exemptions,
    };

    public static CatalogueRelation Table(uint oid, string name, params string[] columns) => new()
    {
        Oid = oid,
        Schema = "public",
        Name = name,
        Columns = [.. columns.Select((c, i) => Column((short)(i + 1), c))],
    };

    public static CatalogueColumn Column(short number, string name, uint type = Text) => new(number, name, type == Int4 ? "integer" : "text", type);

    /// <summary>A select over these relations with these columns.</summary>
    public static StatementAnalysis Select(string[] relations, params OutputColumn[] columns) => new()
    {
        Kind = StatementKind.Select,
        Relations = [.. relations.Select(r => new RelationUse("public", r))],
        Columns = [.. columns],
    };

    /// <summary>An output column that is one or more source columns, <c>table.column</c>, unchanged.</summary>
    public static OutputColumn Plain(string name, params string[] sources) => new() { Name = name, Sources = [.. sources.Select(Source)] };

    /// <summary>An output column computed from source columns.</summary>
    public static OutputColumn Derived(string name, params string[] sources) => Plain(name, sources) with { IsDerived = true };

    /// <summary>A result column without origin, in text format.</summary>
    public static ResultColumn Result(string name, uint type = Text, uint relation = 0, short attribute = 0) => new(name, relation, attribute, type, 0);

    public static MaskPlan Plan(StatementAnalysis analysis, params ResultColumn[] shape) => MaskPlanner.Plan(analysis, shape, Catalogue, Policy, Alice);

    /// <summary>The algorithms of a plan, null where the value passes.</summary>
    public static string?[] Algorithms(this MaskPlan plan) => [.. plan.Columns.Select(c => c?.Algorithm)];

    public static SourceColumn Source(string name) => new("public", name.Split('.')[0], name.Split('.')[1]);
}
