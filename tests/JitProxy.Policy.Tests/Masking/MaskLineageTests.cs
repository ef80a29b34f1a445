using System.Text;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using NUnit.Framework;
using static JitProxy.Policy.Tests.Masking.Shop;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>From a statement's text to its plan: every way to a masked column that the server does not name as origin.</summary>
[TestFixture]
internal sealed class MaskLineageTests
{
    private static readonly Catalogue Names = new(
        SqlDialect.PostgreSql,
        ["public"],
        [
            .. Shop.Catalogue.Relations.Where(r => r.Kind == RelationKind.Table),
            Table(30001, "people", "id", "who", "number") with { Kind = RelationKind.View, Definition = "SELECT c.id, c.name AS who, c.ssn AS number FROM customers c" },
            Table(30002, "people_over_people", "n", "l") with { Kind = RelationKind.View, Definition = "SELECT people.number AS n, length(people.number) AS l FROM people" },
            Table(30003, "frozen", "mail") with { Kind = RelationKind.MaterializedView, Definition = "SELECT customers.email AS mail FROM customers" },
            Table(30004, "broken_view", "x") with { Kind = RelationKind.View, Definition = "SELECT what is this" },
            Table(12000, "pg_stats", "tablename", "most_common_vals") with { Schema = "pg_catalog", Kind = RelationKind.View },
            Table(30005, "own_mask", "plain") with { Kind = RelationKind.View, Definition = "SELECT orders.note AS plain FROM orders" },
        ],
        [
            Function("length"), Function("upper"), Function("md5"), Function("max"), Function("count"), Function("string_agg"), Function("array_agg"), Function("row_to_json"),
            Function("to_jsonb"), Function("left"), Function("coalesce"), Function("concat"), Function("row_number"), Function("unnest"), Function("generate_series"), Function("lag"),
            new("public", "secret_of", Volatility.Stable, IsBuiltIn: false, ReturnsSet: false, Text),
        ]);

    private static readonly MaskingPolicy Masking = new()
    {
        SemanticTypes = Shop.Policy.SemanticTypes,
        Columns = Shop.Policy.Columns.AddRange(Columns(("own_mask", "plain", "email"))),
        Secrets = Shop.Policy.Secrets,
    };

    [TestCase("select ssn from customers", "full")]
    [TestCase("select SSN as name, name as ssn from customers", "full,-")]
    [TestCase("select \"ssn\" from public.customers", "full")]
    [TestCase("select c.ssn, email from customers as c", "full,inner_outer")]
    [TestCase("select * from customers", "-,-,full,inner_outer,inner_outer")]
    [TestCase("select x.c from customers as x(a, b, c)", "full")]
    [TestCase("table customers", "-,-,full,inner_outer,inner_outer")]
    [TestCase("select c from customers c", "full", Description = "whole row")]
    [TestCase("select (c).ssn from customers c", "full")]
    [TestCase("select row(ssn, id) from customers", "full")]
    [TestCase("select ssn || '' from customers", "full")]
    [TestCase("select email::varchar(99) from customers", "full", Description = "a cast makes another value")]
    [TestCase("select cast(email as text) || name from customers", "full")]
    [TestCase("select email collate \"C\" from customers", "full")]
    [TestCase("select length(ssn), upper(name) from customers", "full,-")]
    [TestCase("select coalesce(email, ssn) from customers", "full")]
    [TestCase("select case when id = 1 then ssn else name end from customers", "full")]
    [TestCase("select case when ssn = '1' then 1 else 0 end from customers", "full", Description = "a comparison tells the value")]
    [TestCase("select ssn = '721-07-4426' from customers", "full")]
    [TestCase("select max(ssn), count(*) from customers", "full,-")]
    [TestCase("select count(ssn) from customers", "full")]
    [TestCase("select string_agg(email, ',') from customers", "full")]
    [TestCase("select array_agg(ssn) from customers", "full")]
    [TestCase("select row_to_json(c) from customers c", "full")]
    [TestCase("select to_jsonb(c) ->> 'ssn' from customers c", "full")]
    [TestCase("select array[ssn] from customers", "full")]
    [TestCase("select lag(ssn) over (order by id) from customers", "full")]
    [TestCase("select row_number() over (order by ssn) from customers", "full", Description = "the order tells the value")]
    [TestCase("select ssn from customers union select note from orders", "full")]
    [TestCase("select note from orders union all select email from customers", "inner_outer")]
    [TestCase("select email from customers union select ssn from customers", "full")]
    [TestCase("select email from customers except select note from orders", "inner_outer")]
    [TestCase("select (select ssn from customers limit 1)", "full")]
    [TestCase("select id, (select max(c.email) from customers c where c.id = o.id) from orders o", "-,full")]
    [TestCase("select exists (select 1 from customers where ssn = 'x')", "full")]
    [TestCase("select s.a from (select ssn as a from customers) s", "full")]
    [TestCase("select s.a from (select email as a from customers) s", "inner_outer")]
    [TestCase("with s as (select email from customers) select email, id from s, orders", "inner_outer,-")]
    [TestCase("with s(e) as materialized (select ssn from customers) select e from s", "full")]
    [TestCase("with recursive r(v, n) as (select ssn, 1 from customers union all select v, n + 1 from r where n < 3) select v, n from r", "full,*")]
    [TestCase("select l.v from orders o, lateral (select ssn as v from customers c where c.id = o.id) l", "full")]
    [TestCase("select email from customers c join orders o using (id)", "inner_outer")]
    [TestCase("select email from customers natural join orders", "inner_outer")]
    [TestCase("select a.email from customers a full join customers b using (email)", "inner_outer")]
    [TestCase("select email from customers a full join customers b using (email)", "full", Description = "coalesced by the server")]
    [TestCase("select v from (values (1, 'x')) t(i, v)", "-")]
    [TestCase("select x from customers c, unnest(array[c.ssn]) x", "full")]
    [TestCase("select number, who from people", "full,-")]
    [TestCase("select n, l from people_over_people", "full,full")]
    [TestCase("select mail from frozen", "inner_outer")]
    [TestCase("select x from broken_view", "full")]
    [TestCase("select plain, note from own_mask, orders", "inner_outer,-")]
    [TestCase("select card from payments_2024_03", "hash")]
    [TestCase("select card from only payments", "hash")]
    [TestCase("select secret_of(1)", "full")]
    [TestCase("select * from secret_of(1)", "full")]
    [TestCase("select note, secret_of(id) from orders", "-,full")]
    [TestCase("select no_such_function(1)", "full")]
    [TestCase("select note, query_to_xml('select * from customers', true, true, '') from orders", "-,full")]
    [TestCase("select note, id === 1 from orders", "-,full", Description = "an operator that users made")]
    [TestCase("select note, count(*) from orders where query_to_xml('select * from customers', true, true, '')::text like '%7%' group by note", "-,full")]
    [TestCase("explain select note from orders", "-")]
    [TestCase("explain select id from customers where ssn = 'x'", "full")]
    [TestCase("copy (select ssn, note from customers, orders) to stdout", "full,-")]
    [TestCase("copy customers (email, id) to stdout", "inner_outer,-")]
    [TestCase("insert into orders (note) values ('x') returning note, id", "-,-")]
    [TestCase("update customers set name = ssn returning email, upper(name)", "inner_outer,*")]
    [TestCase("delete from customers returning *", "-,-,full,inner_outer,inner_outer")]
    [TestCase("select most_common_vals from pg_stats where tablename = 'customers'", "full")]
    [TestCase("show search_path", "-")]
    [TestCase("select no_such_column from orders", "full")]
    [TestCase("select x from no_such_table", "full")]
    [TestCase("select email from customers group by email", "inner_outer")]
    [TestCase("select distinct email from customers order by 1", "inner_outer")]
    [TestCase("select count(*), 1, 'x', current_date from customers", "-,-,-,-")]
    [TestCase("select id, note from orders where id = $1", "-,-")]
    [TestCase("select id from customers where ssn = $1 order by email", "-")]
    public void Statement_is_masked(string text, string expected)
    {
        var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(text), Names);
        var wanted = expected.Split(',');
        var shape = wanted.Select((_, i) => Result(NameAt(analysis, i))).ToArray();

        var plan = MaskPlanner.Plan(analysis, shape, Names, Masking, Alice);
        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None), plan.FaultDetail);
        for (var i = 0; i < wanted.Length; i++)
        {
            // A star: safe either way.
            if (wanted[i] != "*")
                Assert.That(plan.Columns[i]?.Algorithm ?? "-", Is.EqualTo(wanted[i]), $"column {i + 1}");
        }
    }

    [TestCase("select id from customers where ssn = $1 order by email", "ssn,email")]
    [TestCase("select o.id from orders o join customers c on c.nick = o.note", "nick")]
    [TestCase("select count(*) from customers group by ssn having max(email) > 'a'", "ssn,email")]
    [TestCase("select distinct ssn from customers", "ssn")]
    [TestCase("select id from people where number = 'x'", "ssn")]
    [TestCase("select id from orders where note in (select email from customers)", "email")]
    public void Approver_is_warned_of_masked_columns_that_choose_rows(string text, string columns)
    {
        var preview = MaskPlanner.Preview(StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(text), Names), Names, Masking, Alice);

        foreach (var column in columns.Split(','))
            Assert.That(preview.Warnings, Has.Some.Contain($"by masked column public.customers.{column}:"));
    }

    private static string NameAt(StatementAnalysis analysis, int index) =>
        !analysis.Columns.IsDefault && index < analysis.Columns.Length ? analysis.Columns[index].Name ?? "?column?" : "?column?";

    private static CatalogueFunction Function(string name) => new("pg_catalog", name, Volatility.Immutable, IsBuiltIn: true, ReturnsSet: false, Text);
}
