using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>
/// Which columns each output column comes from, MySQL and MariaDB. Expected: columns separated by a bar, each <c>name=source,source</c>; <c>~</c>
/// before the sources for a derived value, <c>?</c> for an unknown one. A relation of <c>shop</c> goes by its name alone.
/// </summary>
[TestFixture]
internal sealed class MySqlLineageTests
{
    [TestCase("select ssn from customers", "ssn=customers.ssn")]
    [TestCase("select SSN, Ssn `x`, c.SSN from customers as c", "SSN=customers.ssn|x=customers.ssn|SSN=customers.ssn")]
    [TestCase("select `customers`.`ssn`, shop.customers.ssn, shop.c.ssn from customers, customers c", "ssn=customers.ssn|ssn=customers.ssn|ssn=customers.ssn")]
    [TestCase("select .customers.ssn from customers", "ssn=customers.ssn")]
    [TestCase("select l.ssn from sales.leads l", "ssn=sales.leads.ssn")]
    [TestCase("select sales.leads.* from sales.leads", "id=sales.leads.id|email=sales.leads.email|ssn=sales.leads.ssn")]
    [TestCase("select * from nodes", "id=nodes.id|parent_id=nodes.parent_id|label=nodes.label|secret=nodes.secret")]
    [TestCase("select 1, n.* from nodes n", "1=~|id=nodes.id|parent_id=nodes.parent_id|label=nodes.label|secret=nodes.secret")]
    [TestCase("select hidden, c.hidden from customers c", "hidden=customers.hidden|hidden=customers.hidden")]
    [TestCase("select * from (select hidden from customers) d", "hidden=customers.hidden")]
    [TestCase("select count(*), count( distinct ssn ) from customers where ssn like '1%'", "count(*)=~|count( distinct ssn )=~customers.ssn")]
    [TestCase("select 'x', 1 + 1, TRUE, 'a' 'b' from dual", "x=~|1 + 1=~|TRUE=~|=~")]
    [TestCase("select `count(*)` from (select count(*) from customers) d", "count(*)=~")]

    // Whatever decides the value counts.
    [TestCase("select if(ssn = '1', 'a', name) x from customers", "x=~customers.name,customers.ssn")]
    [TestCase("select ifnull(ssn, name) x, nullif(name, ssn) y, ssn <=> name z from customers", "x=~customers.name,customers.ssn|y=~customers.name,customers.ssn|z=~customers.name,customers.ssn")]
    [TestCase("select case ssn when '1' then 1 end x, cast(ssn as unsigned) y, convert(ssn using utf8mb4) z, binary ssn b, ssn collate utf8mb4_bin c from customers",
        "x=~customers.ssn|y=~customers.ssn|z=~customers.ssn|b=~customers.ssn|c=~customers.ssn")]
    [TestCase("select group_concat(distinct name order by ssn desc separator '-') x from customers", "x=~customers.name,customers.ssn")]
    [TestCase("select doc->'$.a' x, doc->>'$.a' y, json_extract(doc, ssn) z from customers", "x=~customers.doc|y=~customers.doc|z=~customers.doc,customers.ssn", "mysql")]
    [TestCase("select match (name, email) against ('x' in boolean mode) x from customers", "x=~customers.email,customers.name")]
    [TestCase("select ssn regexp 'a' x, ssn like name y, ssn rlike email z from customers", "x=~customers.ssn|y=~customers.name,customers.ssn|z=~customers.email,customers.ssn")]
    [TestCase("select trim(leading 'x' from ssn) x, extract(year from born) y, timestampdiff(day, born, now()) z, substring(ssn, 1, 2) s from customers",
        "x=~customers.ssn|y=~customers.born|z=~customers.born|s=~customers.ssn")]
    [TestCase("select born + interval id day x, date_add(born, interval id day) y from customers", "x=~customers.born,customers.id|y=~customers.born,customers.id")]
    [TestCase("select values(ssn) x, default(ssn) y from customers", "x=~customers.ssn|y=~customers.ssn")]
    [TestCase("select (select ssn from customers limit 1) x", "x=~customers.ssn")]
    [TestCase("select exists (select 1 from customers c where c.ssn = o.note) x from orders o", "x=~customers.ssn,orders.note")]
    [TestCase("select id in (select id from customers where ssn = '1') x from orders", "x=~customers.id,customers.ssn,orders.id")]
    [TestCase("select row_number() over (order by ssn) x from customers", "x=~customers.ssn")]
    [TestCase("select rank() over w x, lag(name) over w y from customers window w as (partition by ssn)", "x=~customers.ssn|y=~customers.name,customers.ssn")]
    [TestCase("select @@version v, @@global.max_connections m, version() w", "v=~|m=~|w=~")]
    [TestCase("select last_insert_id() x, found_rows() y, connection_id() z, uuid() u, rand() r, now() n", "x=~|y=~|z=~|u=~|r=~|n=~")]

    // Output columns are names in the clauses behind them, in windows, and in subqueries beside them.
    [TestCase("select ssn as x, (select x) y from customers", "x=customers.ssn|y=~customers.ssn")]
    [TestCase("select (select x) y, ssn as x from customers", "y=~customers.ssn|x=customers.ssn")]
    [TestCase("select ssn as name, (select max(note) from orders o where o.note = name) y from customers", "name=customers.ssn|y=~customers.name,customers.ssn,orders.note")]
    [TestCase("select ssn as x, row_number() over (order by x) y from customers", "x=customers.ssn|y=~customers.ssn")]
    [TestCase("select ssn as name, row_number() over (order by name) y from customers", "name=customers.ssn|y=~customers.name,customers.ssn")]

    // Joins: merged columns come first, as the first side has them; a right join turns the sides round.
    [TestCase("select * from orders join nodes using (id)",
        "id=nodes.id,orders.id|customer_id=orders.customer_id|amount=orders.amount|note=orders.note|parent_id=nodes.parent_id|label=nodes.label|secret=nodes.secret")]
    [TestCase("select * from orders natural right join (select 2 id, 'x' note, 1 one) d", "id=~orders.id|note=~orders.note|one=~|customer_id=orders.customer_id|amount=orders.amount")]
    [TestCase("select * from (select 1 a, 2 b, 3 c) x join (select 4 c, 5 b, 6 d) y using (c, b)", "b=~|c=~|a=~|d=~")]
    [TestCase("select * from (select 1 a, 2 b, 3 c) x right join (select 4 c, 5 b, 6 d) y using (b, c)", "c=~|b=~|d=~|a=~")]
    [TestCase("select o.id, n.ID from orders o straight_join nodes n on n.id = o.id", "id=orders.id|ID=nodes.id")]
    [TestCase("select hidden from customers c join (select 1 as hidden) d using (hidden)", "hidden=~customers.hidden")]
    [TestCase("select * from (select 1 hidden, 2 id) d natural join sales.leads", "id=~sales.leads.id|hidden=~|email=sales.leads.email|ssn=sales.leads.ssn")]

    // Set operations, common tables, documents.
    [TestCase("select ssn from customers union select email from sales.leads", "ssn=sales.leads.email,customers.ssn")]
    [TestCase("(select ssn from customers) union all (select 'x') order by ssn limit 1", "ssn=~customers.ssn")]
    [TestCase("with x (a) as (select ssn from customers) select A from x", "A=customers.ssn")]
    [TestCase("with recursive t (id, label) as (select id, label from nodes union all select n.id, concat(t.label, n.secret) from nodes n join t on n.parent_id = t.id) select label from t",
        "label=~nodes.label,nodes.secret")]
    [TestCase("with recursive t as (select id a, label b, secret c from nodes union all select b, c, a from t) select a from t", "a=~nodes.id,nodes.label,nodes.secret")]
    [TestCase("select j.n, j.* from customers c, json_table(c.doc, '$[*]' columns (n int path '$.a', o for ordinality)) j", "n=~customers.doc|n=~customers.doc|o=~customers.doc")]
    [TestCase("select s.v from customers c, lateral (select c.ssn as v) s", "v=customers.ssn", "mysql")]

    // Through views, which count themselves.
    [TestCase("select ssn from v_customers", "ssn=customers.ssn,v_customers.ssn")]
    [TestCase("select * from v_masked", "ssn=~customers.ssn,v_customers.ssn,v_masked.ssn|size=~customers.email,v_masked.size")]
    [TestCase("select (select max(id) from v_active) x", "x=~customers.id,customers.ssn,orders.customer_id,v_active.id")]
    public void Output_columns_come_from(string statement, string expected, string dialects = "")
    {
        Assert.That(Describe(Analyze(statement, MySqlShop.MySql)), Is.EqualTo(expected));
        if (dialects != "mysql")
            Assert.That(Describe(Analyze(statement, MySqlShop.MariaDb)), Is.EqualTo(expected));
    }

    [TestCase("select name from customers where ssn = ?", "customers.ssn")]
    [TestCase("select name as x from customers order by x, ssn + 1", "customers.name,customers.ssn")]
    [TestCase("select ssn as x from customers order by x + 1", "customers.ssn")]
    [TestCase("select ssn as name, count(*) from customers group by name", "customers.name,customers.ssn")]
    [TestCase("select max(ssn) as x from customers having x > 1", "customers.ssn")]
    [TestCase("select email from customers group by 1 with rollup having max(phone) is null", "customers.email,customers.phone")]
    [TestCase("select distinct ssn from customers", "customers.ssn")]
    [TestCase("select 1 from customers c join sales.leads l on l.ssn = c.ssn", "sales.leads.ssn,customers.ssn")]
    [TestCase("select 1 from customers natural join sales.leads", "sales.leads.email,sales.leads.id,sales.leads.ssn,customers.email,customers.id,customers.ssn")]
    [TestCase("select 1 from v_active", "customers.id,customers.ssn,orders.customer_id")]
    [TestCase("select name from customers union select ssn from customers", "customers.name,customers.ssn")]
    [TestCase("select name from customers", "")]
    public void Columns_that_choose_rows_are_told(string statement, string expected) =>
        Assert.That(string.Join(',', Analyze(statement, MySqlShop.MariaDb).PredicateColumns.Select(Source)), Is.EqualTo(expected));

    [TestCase("select nothing from customers"), TestCase("select customers from customers"), TestCase("select _rowid from customers"), TestCase("select ctid from customers")]
    [TestCase("select C.ssn from customers c", Description = "aliases have letter case here"), TestCase("select ssn from Customers"), TestCase("select ssn from SHOP.customers")]
    [TestCase("select x.id from customers c"), TestCase("select * from nowhere"), TestCase("select * from elsewhere.customers"), TestCase("select sales.c.id from customers c")]
    [TestCase("select 1 from customers join orders using (nothing)"), TestCase("select rank() over nothing from customers"), TestCase("select name from customers order by nothing")]
    [TestCase("with Customers as (select 1 id) select id from customers", Description = "the common table, or the table of another letter case")]
    [TestCase("select ssn x from customers where x = 1")]
    public void What_cannot_be_resolved_is_said(string statement) => Assert.That(Analyze(statement, MySqlShop.MariaDb).Unresolved, Is.Not.Null);

    [TestCase("select C.SSN from SHOP.Customers c", "SSN=customers.ssn"), TestCase("select Shop.C.ssn from customers c", "ssn=customers.ssn")]
    public void Letter_case_of_tables_means_nothing_where_the_server_folds_it(string statement, string expected) =>
        Assert.That(Describe(Analyze(statement, MySqlShop.Folding)), Is.EqualTo(expected));

    [TestCase("select ssn from nowhere", "ssn=~?"), TestCase("select leak(id) x from customers", "x=~customers.id?"), TestCase("select pure(id) x from customers", "x=~customers.id")]
    [TestCase("select sales.score(name) x from customers", "x=~customers.name?"), TestCase("select shop.max(ssn) x from customers", "x=~customers.ssn?")]
    [TestCase("select max (ssn) x from customers", "x=~customers.ssn?", Description = "with a blank it is the stored function")]
    [TestCase("select @x y", "y=~?"), TestCase("select id, ssn from v_blind", "id=~v_blind.id?|ssn=~v_blind.ssn?"), TestCase("select x as x from customers", "x=~?")]
    [TestCase("select SQL_TEXT from performance_schema.events_statements_history", "SQL_TEXT=~performance_schema.events_statements_history.SQL_TEXT?")]
    public void Unknown_origin_is_unknown(string statement, string expected) => Assert.That(Describe(Analyze(statement, MySqlShop.MariaDb)), Is.EqualTo(expected));

    [Test]
    public void A_plan_tells_about_all_that_the_statement_uses()
    {
        var analysis = Analyze("explain format=json select name from customers where ssn = 1", MySqlShop.MySql);
        Assert.That(analysis.Columns.IsDefault);
        Assert.That(analysis.EveryColumn!.Sources.Select(Source), Is.EqualTo(new[] { "customers.name", "customers.ssn" }));
        Assert.That(analysis.EveryColumn.IsDerived);
    }

    [TestCase("show tables"), TestCase("show full columns from customers like 'a%'"), TestCase("describe customers"), TestCase("show create table customers"), TestCase("show variables like 'a%'")]
    public void What_shows_no_values_has_no_sources(string statement)
    {
        var analysis = Analyze(statement, MySqlShop.MySql);
        Assert.That(analysis.Columns.IsDefault);
        Assert.That(analysis.EveryColumn!.Sources, Is.Empty);
        Assert.That(analysis.EveryColumn.IsUnknown, Is.False);
        Assert.That(analysis.Unresolved, Is.Null);
    }

    [Test]
    public void Relations_behind_views_are_listed_as_such() =>
        Assert.That(Analyze("select * from v_masked", MySqlShop.MySql).Relations, Is.EquivalentTo(new RelationUse[]
        {
            new("shop", "v_masked"), new("shop", "v_customers", false, true), new("shop", "customers", false, true),
        }));

    [Test]
    public void Names_of_queries_in_from_are_told() =>
        Assert.That(Analyze("with a as (select 1) select * from a b, (select 2) c, customers d", MySqlShop.MySql).DerivedNames, Is.EquivalentTo(new[] { "a", "b", "c" }));

    [Test]
    public void Parameters_are_counted() => Assert.That(Analyze("select ? from customers where id = ? limit ?", MySqlShop.MySql).ParameterCount, Is.EqualTo(3));

    private static StatementAnalysis Analyze(string statement, Catalogue catalogue) => StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), catalogue);

    private static string Describe(StatementAnalysis analysis)
    {
        if (analysis.Columns.IsDefault)
            return $"unknown: {analysis.Unresolved}";
        return string.Join('|', analysis.Columns.Select(static column =>
            $"{column.Name}={(column.IsDerived ? "~" : "")}{string.Join(',', column.Sources.Select(Source))}{(column.IsUnknown ? "?" : "")}"));
    }

    private static string Source(SourceColumn source) => source.Schema == "shop" ? $"{source.Relation}.{source.Column}" : $"{source.Schema}.{source.Relation}.{source.Column}";
}
