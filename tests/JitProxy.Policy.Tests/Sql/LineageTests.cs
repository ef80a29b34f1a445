using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>
/// Which columns each output column comes from. Expected: columns separated by a bar, each <c>name=source,source</c>; <c>~</c> before the
/// sources for a derived value, <c>?</c> for an unknown one. A relation of <c>public</c> goes by its name alone.
/// </summary>
[TestFixture]
internal sealed class LineageTests
{
    [TestCase("select ssn from customers", "ssn=customers.ssn")]
    [TestCase("select \"ssn\" from \"customers\"", "ssn=customers.ssn")]
    [TestCase("select SSN as x from public.customers c", "x=customers.ssn")]
    [TestCase("select c.ssn x from customers as c", "x=customers.ssn")]
    [TestCase("select public.customers.ssn from customers", "ssn=customers.ssn")]
    [TestCase("select x from customers c(x)", "x=customers.id")]
    [TestCase("select phone from customers c(a, b, c, d)", "phone=customers.phone")]
    [TestCase("select d from customers c(a, b, c, d, e)", "d=customers.ssn")]
    [TestCase("table nodes", "id=nodes.id|parent_id=nodes.parent_id|label=nodes.label|secret=nodes.secret")]
    [TestCase("select * from nodes", "id=nodes.id|parent_id=nodes.parent_id|label=nodes.label|secret=nodes.secret")]
    [TestCase("select n.*, 1 from nodes n", "id=nodes.id|parent_id=nodes.parent_id|label=nodes.label|secret=nodes.secret|?column?=~")]
    [TestCase("select (n.*) from nodes n", "id=nodes.id|parent_id=nodes.parent_id|label=nodes.label|secret=nodes.secret")]
    [TestCase("select (n).* from nodes n", "id=nodes.id|parent_id=nodes.parent_id|label=nodes.label|secret=nodes.secret")]
    [TestCase("select count(*) from customers where ssn like '1%'", "count=~")]
    [TestCase("select 1, null, true, 'x'", "?column?=~|?column?=~|=~|?column?=~")]

    // Ways in which the server itself forgets where a column came from.
    [TestCase("select ssn || '' from customers", "?column?=~customers.ssn")]
    [TestCase("select ssn::varchar from customers", "ssn=~customers.ssn")]
    [TestCase("select ssn::text from customers", "ssn=~customers.ssn")]
    [TestCase("select cast(ssn as text) from customers", "ssn=~customers.ssn")]
    [TestCase("select ssn collate \"C\" from customers", "ssn=~customers.ssn")]
    [TestCase("select ssn from customers union select email from sales.leads", "ssn=customers.ssn,sales.leads.email")]
    [TestCase("select ssn from customers union all select 'x'", "ssn=~customers.ssn")]
    [TestCase("select 'x' as a union all select ssn from customers", "a=~customers.ssn")]
    [TestCase("select (select ssn from customers limit 1)", "ssn=~customers.ssn")]
    [TestCase("select max(ssn), array_agg(ssn), coalesce(ssn, 'x') from customers group by ssn", "max=~customers.ssn|array_agg=~customers.ssn|coalesce=~customers.ssn")]
    [TestCase("select row_to_json(n) from nodes n", "row_to_json=~nodes.id,nodes.label,nodes.parent_id,nodes.secret")]
    [TestCase("select n from nodes n", "n=~nodes.id,nodes.label,nodes.parent_id,nodes.secret")]
    [TestCase("select nodes from nodes", "nodes=~nodes.id,nodes.label,nodes.parent_id,nodes.secret")]
    [TestCase("select n::text from nodes n", "n=~nodes.id,nodes.label,nodes.parent_id,nodes.secret")]
    [TestCase("select ssn from customers full join sales.leads using (ssn)", "ssn=~customers.ssn,sales.leads.ssn")]
    [TestCase("select ssn from customers join sales.leads using (ssn)", "ssn=customers.ssn,sales.leads.ssn")]
    [TestCase("select (row(n.*)::nodes).secret from nodes n", "secret=~nodes.id,nodes.label,nodes.parent_id,nodes.secret")]
    [TestCase("select (row(n.*)::nodes).* from nodes n where false",
        "id=~nodes.id,nodes.label,nodes.parent_id,nodes.secret|parent_id=~nodes.id,nodes.label,nodes.parent_id,nodes.secret|label=~nodes.id,nodes.label,nodes.parent_id,nodes.secret" +
        "|secret=~nodes.id,nodes.label,nodes.parent_id,nodes.secret")]
    [TestCase("select (n).secret from nodes n", "secret=nodes.secret")]
    [TestCase("select secret(n) from nodes n", "secret=nodes.secret")]
    [TestCase("select c.md5 from customers c(md5)", "md5=customers.id")]
    [TestCase("select n.row_to_json from nodes n", "row_to_json=~nodes.id,nodes.label,nodes.parent_id,nodes.secret")]
    [TestCase("select (home).city from customers", "city=~customers.home")]
    [TestCase("select (home).* from customers", "street=~customers.home|city=~customers.home")]
    [TestCase("select tags[1], tags[1:2], (array[ssn])[1] from customers", "tags=~customers.tags|tags=~customers.tags|array=~customers.ssn")]
    [TestCase("select doc->>'ssn', doc['a'] from customers", "?column?=~customers.doc|doc=~customers.doc")]

    // Whatever decides the value counts.
    [TestCase("select case when ssn = '1' then 'a' else name end from customers", "name=~customers.name,customers.ssn")]
    [TestCase("select case ssn when '1' then 1 end from customers", "case=~customers.ssn")]
    [TestCase("select exists (select 1 from customers c where c.ssn = o.note) from orders o", "exists=~customers.ssn,orders.note")]
    [TestCase("select exists (select * from customers c where c.id = 1)", "exists=~customers.id")]
    [TestCase("select (select count(*) from customers where ssn > '5')", "count=~customers.ssn")]
    [TestCase("select (select count(*) from (select 1 from customers where ssn > '5') s)", "count=~customers.ssn")]
    [TestCase("select (with x as (select 1 from customers where ssn > '5') select count(*) from x)", "count=~customers.ssn")]
    [TestCase("with x as (select 1 from customers where ssn > '5') select (select count(*) from x)", "count=~customers.ssn")]
    [TestCase("select (select name from customers order by ssn limit 1)", "name=~customers.name,customers.ssn")]
    [TestCase("select (select name from customers limit (select count(*) from customers where ssn = '1'))", "name=~customers.name,customers.ssn")]
    [TestCase("select array(select name from customers order by ssn)", "array=~customers.name,customers.ssn")]
    [TestCase("select 'x' in (select ssn from customers)", "?column?=~customers.ssn")]
    [TestCase("select id = any (select id from customers where ssn = '1') from orders", "?column?=~customers.id,customers.ssn,orders.id")]
    [TestCase("select exists (select ssn from customers except select '1')", "exists=~customers.ssn")]
    [TestCase("select (select count(*) from (select ssn from customers union select '1') s)", "count=~customers.ssn")]
    [TestCase("select (select count(*) from (select ssn from customers union all select '1') s)", "count=~")]
    [TestCase("select (select 1 from customers group by name having max(ssn) > '1')", "?column?=~customers.name,customers.ssn")]
    [TestCase("select row_number() over (order by ssn) from customers", "row_number=~customers.ssn")]
    [TestCase("select rank() over (partition by ssn) from customers", "rank=~customers.ssn")]
    [TestCase("select rank() over w from customers window w as (order by ssn)", "rank=~customers.ssn")]
    [TestCase("select rank() over (w order by id) from customers window w as (partition by ssn)", "rank=~customers.id,customers.ssn")]
    [TestCase("select sum(id) over (order by id rows between 1 preceding and current row) from customers", "sum=~customers.id")]
    [TestCase("select count(*) filter (where ssn is null) from customers", "count=~customers.ssn")]
    [TestCase("select string_agg(name, ',' order by ssn) from customers", "string_agg=~customers.name,customers.ssn")]
    [TestCase("select percentile_disc(0.5) within group (order by ssn) from customers", "percentile_disc=~customers.ssn")]
    [TestCase("select nullif(name, ssn), greatest(id, 1) from customers", "nullif=~customers.name,customers.ssn|greatest=~customers.id")]
    [TestCase("select ssn is null, ssn between 'a' and name, ssn like name escape '!' from customers", "?column?=~customers.ssn|?column?=~customers.name,customers.ssn|?column?=~customers.name,customers.ssn")]
    [TestCase("select extract(year from born), substring(ssn from 1 for 2), trim(both 'x' from ssn), overlay(name placing ssn from 1), position(ssn in name) from customers",
        "extract=~customers.born|substring=~customers.ssn|btrim=~customers.ssn|overlay=~customers.name,customers.ssn|position=~customers.name,customers.ssn")]
    [TestCase("select placed at time zone 'utc', amount::int % 2 from orders", "timezone=~orders.placed|?column?=~orders.amount")]
    [TestCase("select xmlelement(name x, xmlattributes(ssn as s), name) from customers", "xmlelement=~customers.name,customers.ssn")]
    [TestCase("select xmlforest(ssn as name, email), xmlroot(doc::text::xml, version name), xmlparse(content content), xmlexists(name passing by value (ssn::xml)) from customers, (select ssn from customers) s(content)",
        "xmlforest=~customers.email,customers.ssn|xmlroot=~customers.doc,customers.name|xmlparse=~customers.ssn|xmlexists=~customers.name,customers.ssn")]
    [TestCase("select json_object(key value value, 'b' : ssn absent on null returning text), json_arrayagg(value order by ssn), json_value(doc, '$.a' passing name as x returning int default id on empty) from customers, " +
        "(select 'a', email from customers) s(key, value)",
        "json_object=~customers.email,customers.ssn|json_arrayagg=~customers.email,customers.ssn|json_value=~customers.doc,customers.id,customers.name")]
    [TestCase("select t.* from customers, json_table(doc, '$[*]' columns (a int path '$.a', nested path '$.b' columns (b text), o for ordinality)) t", "a=~customers.doc|b=~customers.doc|o=~customers.doc")]
    [TestCase("select json_array(select ssn from customers)", "json_array=~customers.ssn")]
    [TestCase("select grouping(ssn), count(*) from customers group by rollup (ssn)", "grouping=~customers.ssn|count=~")]
    [TestCase("select unnest(tags) from customers", "unnest=~customers.tags")]

    // Through FROM.
    [TestCase("select s.x from (select ssn as x from customers) s", "x=customers.ssn")]
    [TestCase("select x from (select ssn from customers) s(x)", "x=customers.ssn")]
    [TestCase("select * from (select * from (select ssn, email from customers) a) b", "ssn=customers.ssn|email=customers.email")]
    [TestCase("with c as (select * from customers) select ssn from c", "ssn=customers.ssn")]
    [TestCase("with c(a) as materialized (select ssn from customers), d as (select a || 'x' as b from c) select b from d", "b=~customers.ssn")]
    [TestCase("with customers as (select id, email as ssn from customers) select ssn from customers", "ssn=customers.email")]
    [TestCase("with recursive t as (select id, parent_id, label from nodes where id = 1 union all select n.id, n.parent_id, t.label || n.secret from nodes n join t on n.parent_id = t.id) select label from t",
        "label=~nodes.label,nodes.secret")]
    [TestCase("with recursive t(a, b, c) as (select id::text, label, secret from nodes union all select b, c, a from t) select a from t", "a=~nodes.id,nodes.label,nodes.secret")]
    [TestCase("with recursive t as (select id, secret from nodes union all select n.id, n.secret from nodes n, t) search depth first by id set o cycle id set c using p select o, c, p from t",
        "o=~nodes.id,nodes.secret|c=~nodes.id,nodes.secret|p=~nodes.id,nodes.secret")]
    [TestCase("select c.ssn, o.note from customers c left join orders o on o.customer_id = c.id", "ssn=customers.ssn|note=orders.note")]
    [TestCase("select * from orders o natural join (select id, 1 as one from customers) c", "id=customers.id,orders.id|customer_id=orders.customer_id|amount=orders.amount|placed=orders.placed|note=orders.note|one=~")]
    [TestCase("select j.x from (customers c join orders o on true) as j(x)", "x=customers.id")]
    [TestCase("select u.id from customers join orders using (id) as u", "id=customers.id,orders.id")]
    [TestCase("select s.v from customers c, lateral (select c.ssn || 'x' as v) s", "v=~customers.ssn")]
    [TestCase("select s.v from customers c cross join lateral (select c.ssn) s(v)", "v=customers.ssn")]
    [TestCase("select g from customers c, generate_series(1, c.id) g", "g=~customers.id")]
    [TestCase("select g.* from customers c, unnest(c.tags) with ordinality g(t, n)", "t=~customers.tags|n=~customers.tags")]
    [TestCase("select * from jsonb_each_text((select doc from customers limit 1)) e", "key=~customers.doc|value=~customers.doc")]
    [TestCase("select x.* from customers c, jsonb_populate_record(null::address, c.doc) x", "street=~customers.doc|city=~customers.doc")]
    [TestCase("select x.a from customers c, jsonb_to_record(c.doc) as x(a int, b text)", "a=~customers.doc")]
    [TestCase("select * from rows from (generate_series(1, 2), unnest(array['a'])) with ordinality as r(a, b, c)", "a=~|b=~|c=~")]
    [TestCase("select x.* from customers c, xmltable('/a' passing c.name columns n int path 'n', o for ordinality) x", "n=~customers.name|o=~customers.name")]
    [TestCase("values (1, 'a'), (2, (select ssn from customers limit 1))", "column1=~|column2=~customers.ssn")]
    [TestCase("select b from (values (1, 'a')) v(a, b)", "b=~")]
    [TestCase("(select ssn from customers) intersect (select ssn from sales.leads) order by 1", "ssn=customers.ssn,sales.leads.ssn")]
    [TestCase("((select ssn from customers) union (select email from customers)) limit 1", "ssn=customers.email,customers.ssn")]
    [TestCase("select ctid, tableoid::regclass from customers", "ctid=~|tableoid=~")]
    [TestCase("select e.email from only customers e tablesample system (10) repeatable (1)", "email=customers.email")]

    // Through views.
    [TestCase("select ssn from v_customers", "ssn=customers.ssn,v_customers.ssn")]
    [TestCase("select ssn, size from v_masked", "ssn=~v_masked.ssn|size=~customers.email,v_masked.size")]
    [TestCase("select total from m_totals", "total=~m_totals.total,orders.amount")]
    [TestCase("select (select max(id) from v_active)", "max=~customers.id,customers.ssn,orders.customer_id,v_active.id")]
    public void Output_columns_come_from(string statement, string expected) => Assert.That(Describe(Analyze(statement)), Is.EqualTo(expected));

    [TestCase("select 1 from customers where ssn = '1'", "customers.ssn")]
    [TestCase("select 1 from customers c join sales.leads l on l.ssn = c.ssn", "customers.ssn,sales.leads.ssn")]
    [TestCase("select 1 from customers join sales.leads using (ssn)", "customers.ssn,sales.leads.ssn")]
    [TestCase("select 1 from customers group by ssn having max(email) > 'a' order by max(phone)", "customers.email,customers.phone,customers.ssn")]
    [TestCase("select distinct ssn from customers", "customers.ssn")]
    [TestCase("select distinct on (ssn) name from customers", "customers.ssn")]
    [TestCase("select ssn as x from customers order by x", "customers.ssn")]
    [TestCase("select ssn from customers order by 1", "customers.ssn")]
    [TestCase("select ssn from customers group by 1", "customers.ssn")]
    [TestCase("select email as ssn from customers group by ssn", "customers.ssn")]
    [TestCase("select 1 from v_active", "customers.id,customers.ssn,orders.customer_id")]
    [TestCase("select 1 from customers c, generate_series(1, length(c.ssn))", "customers.ssn")]
    [TestCase("select 1 limit (select id from nodes)", "nodes.id")]
    [TestCase("select name from customers", "")]
    public void Columns_that_choose_rows_are_told(string statement, string expected) =>
        Assert.That(string.Join(',', Analyze(statement).PredicateColumns.Select(Source)), Is.EqualTo(expected));

    [TestCase("select nothing from customers")]
    [TestCase("select name from customers c(a, b)")]
    [TestCase("select x.id from customers c")]
    [TestCase("select c.nothing from customers c")]
    [TestCase("select * from nowhere")]
    [TestCase("select id from elsewhere.customers")]
    [TestCase("select * from find_customer(1)")]
    [TestCase("select (find_customer(1)).*")]
    [TestCase("select 1 from customers join orders using (nothing)")]
    [TestCase("select rank() over nothing from customers")]
    public void What_cannot_be_resolved_is_said(string statement) => Assert.That(Analyze(statement).Unresolved, Is.Not.Null);

    [TestCase("select id, ssn from nowhere", "id=~?|ssn=~?")]
    [TestCase("select find_customer(1)", "find_customer=~?")]
    [TestCase("select leak(id) from customers", "leak=~customers.id?")]
    [TestCase("select lower(c) from customers c", "lower=~customers.born,customers.doc,customers.email,customers.home,customers.id,customers.name,customers.phone,customers.ssn,customers.tags?")]
    [TestCase("select c.lower from customers c", "lower=~customers.born,customers.doc,customers.email,customers.home,customers.id,customers.name,customers.phone,customers.ssn,customers.tags?")]
    [TestCase("select (c).lower from customers c", "lower=~customers.born,customers.doc,customers.email,customers.home,customers.id,customers.name,customers.phone,customers.ssn,customers.tags?")]
    public void Unknown_origin_is_unknown(string statement, string expected) => Assert.That(Describe(Analyze(statement)), Is.EqualTo(expected));

    [TestCase("insert into orders (note) select ssn from customers returning note, id", "note=~customers.ssn,orders.note|id=orders.id")]
    [TestCase("insert into nodes values (1, 2, 'a', (select ssn from customers)) returning secret", "secret=~customers.ssn,nodes.secret")]
    [TestCase("update nodes set label = secret where id = 1 returning label", "label=~nodes.label,nodes.secret")]
    [TestCase("update nodes n set (label, parent_id) = (select ssn, id from customers) returning n.*", "id=nodes.id|parent_id=~customers.id,customers.ssn,nodes.parent_id|label=~customers.id,customers.ssn,nodes.label|secret=nodes.secret")]
    [TestCase("delete from orders o using customers c where c.id = o.customer_id returning c.ssn", "ssn=customers.ssn")]
    [TestCase("with d as (delete from customers returning *) select ssn from d", "ssn=customers.ssn")]
    [TestCase("explain select ssn from customers where email = 'a'", "QUERY PLAN=~customers.email,customers.ssn")]
    [TestCase("copy customers (id, ssn) to stdout", "id=customers.id|ssn=customers.ssn")]
    [TestCase("copy (select ssn from customers) to stdout (format csv, header)", "ssn=customers.ssn")]
    [TestCase("show search_path", "=")]
    public void Statements_other_than_queries_show(string statement, string expected) => Assert.That(Describe(Analyze(statement)), Is.EqualTo(expected));

    [Test]
    public void Relations_behind_views_are_listed_as_such()
    {
        var analysis = Analyze("select * from v_masked");

        Assert.That(analysis.Relations, Is.EquivalentTo(new RelationUse[]
        {
            new("public", "v_masked"), new("public", "v_customers", false, true), new("public", "customers", false, true),
        }));
        Assert.That(analysis.Unresolved, Is.Null);
    }

    [Test]
    public void Parameters_are_counted() => Assert.That(Analyze("select $2::text, $1 from customers where id = $3").ParameterCount, Is.EqualTo(3));

    private static StatementAnalysis Analyze(string statement) => StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), TestCatalogue.Shop);

    private static string Describe(StatementAnalysis analysis)
    {
        if (analysis.Columns.IsDefault)
            return $"unknown: {analysis.Unresolved}";
        return string.Join('|', analysis.Columns.Select(static column =>
            $"{column.Name}={(column.IsDerived ? "~" : "")}{string.Join(',', column.Sources.Select(Source))}{(column.IsUnknown ? "?" : "")}"));
    }

    private static string Source(SourceColumn source) => source.Schema == "public" ? $"{source.Relation}.{source.Column}" : $"{source.Schema}.{source.Relation}.{source.Column}";
}
