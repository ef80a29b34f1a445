using System.Buffers;
using System.Globalization;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Wire.Postgres;

namespace JitProxy.Bench;

/// <summary>What all micro-benchmarks work on: the statements and rows of the side-by-side run, and a little more.</summary>
internal static class Corpus
{
    public const string User = "agent";
    public const string Database = "bench/bench";
    public const string PointSelect = "SELECT abalance FROM pgbench_accounts WHERE aid = 4242";

    public const string Join = """
        SELECT b.bid, count(*) AS accounts, sum(a.abalance) AS total
        FROM pgbench_accounts a JOIN pgbench_branches b ON b.bid = a.bid
        WHERE a.abalance > 100 AND b.filler IS NOT NULL
        GROUP BY b.bid ORDER BY total DESC LIMIT 20
        """;

    public const string Nested = """
        WITH rich AS (SELECT aid, bid, abalance FROM pgbench_accounts WHERE abalance > 1000)
        SELECT w.id, upper(w.email) AS email, (SELECT max(r.abalance) FROM rich r WHERE r.aid = w.id) AS best,
               row_number() OVER (PARTITION BY w.name ORDER BY w.created DESC) AS place
        FROM wide w WHERE EXISTS (SELECT 1 FROM rich r WHERE r.aid = w.id) AND w.name IN ('a', 'b', 'c')
        """;

    private const uint Int4 = 23;
    private const uint Text = 25;
    private const uint TimestampTz = 1184;
    private const uint Wide = 20003;

    public static DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

    public static Catalogue Catalogue { get; } = new(
        SqlDialect.PostgreSql,
        ["public"],
        [
            Table(20001, "pgbench_accounts", ("aid", Int4), ("bid", Int4), ("abalance", Int4), ("filler", Text)),
            Table(20002, "pgbench_branches", ("bid", Int4), ("bbalance", Int4), ("filler", Text)),
            Table(Wide, "wide", ("id", Int4), ("email", Text), ("name", Text), ("created", TimestampTz)),
        ],
        [.. new[] { "count", "sum", "max", "upper", "row_number" }
            .Select(static f => new CatalogueFunction("pg_catalog", f, Volatility.Immutable, true, false, Text))]);

    /// <summary>The columns of <c>SELECT id, email, name, created FROM wide</c>, in text.</summary>
    public static ResultColumn[] WideShape { get; } =
        [new("id", Wide, 1, Int4, 0), new("email", Wide, 2, Text, 0), new("name", Wide, 3, Text, 0), new("created", Wide, 4, TimestampTz, 0)];

    /// <summary>DataRow messages of that statement, one after the other.</summary>
    public static byte[] WideRows(int count)
    {
        var output = new ArrayBufferWriter<byte>();
        for (var i = 1; i <= count; i++)
        {
            var id = i.ToString(CultureInfo.InvariantCulture);
            PgDataRow.Write(
                output,
                [Utf8(id), Utf8($"user{id}@example.com"), Utf8($"Name 0123456789abcdef0123456789{id,6}"), Utf8("2026-01-01 00:00:07+00")]);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>An approved grant for a statement.</summary>
    public static Grant Grant(long id, string user, string statement)
    {
        var request = new GrantRequest
        {
            User = user,
            Project = "bench",
            Databases = [Database],
            Statement = statement,
            Reason = "benchmark",
            Duration = TimeSpan.FromDays(1),
        };
        var progress = new GrantProgress
        {
            State = GrantStatus.Active,
            RequestedAt = Now,
            Duration = request.Duration,
            Steps = [],
            ApprovedAt = Now,
            ExpiresAt = Now + request.Duration,
        };
        return Policy.Grants.Grant.TryRestore(id, request, progress, out var grant, out var fault) ? grant : throw new InvalidOperationException(fault);
    }

    public static NormalForm Form(string statement) =>
        NormalForm.TryCreate(Utf8(statement), SqlDialect.PostgreSql, out var form, out var fault, out _)
            ? form
            : throw new InvalidOperationException($"{fault}: {statement}");

    public static StatementPlea Plea(string statement) => new(SqlDialect.PostgreSql, User, Database, Catalogue.EffectiveSchema, Form(statement));

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static CatalogueRelation Table(uint oid, string name, params (string Name, uint Type)[] columns) => new()
    {
        Oid = oid,
        Schema = "public",
        Name = name,
        Columns = [.. columns.Select(static (c, i) => new CatalogueColumn(checked((short)(i + 1)), c.Name, "", c.Type))],
    };
}
