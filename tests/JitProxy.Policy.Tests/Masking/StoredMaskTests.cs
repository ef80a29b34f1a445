using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Masking;

/// <summary>
/// Statements that change something: which of them put a masked value where it can be read in clear, and which do something else than change tables. Masked are
/// ssn and email of customers and secret of nodes.
/// </summary>
[TestFixture]
internal sealed class StoredMaskTests
{
    private static readonly MaskingPolicy Policy = new()
    {
        SemanticTypes = Shop.Types(("full", MaskAlgorithm.Full)),
        Columns = new[] { "customers.ssn", "customers.email", "nodes.secret" }
            .SelectMany(static name => new[]
            {
                new MaskedColumn("shop", "app", "public", name.Split('.')[0], name.Split('.')[1]),
                new MaskedColumn("shop", "shop", "", name.Split('.')[0], name.Split('.')[1]),
            })
            .ToImmutableDictionary(static c => c, static _ => "full"),
    };

    private static readonly MaskSubject Alice = new("alice", "shop", "app", "prod", "store", Unmask: true, Shop.Now);

    [TestCase("insert into orders (note) values ('a'), ($1)")]
    [TestCase("insert into orders (id, note) select id, name from customers where ssn like '1%'", Description = "which rows come tells no more than a SELECT")]
    [TestCase("insert into orders select * from orders where id < 5 on conflict (id) do update set note = excluded.note returning note")]
    [TestCase("update orders set note = upper(note) where id = 1")]
    [TestCase("update customers set ssn = 'x', email = null where id = 1")]
    [TestCase("update customers set tags[1] = 'a', tags[2:3] = array['b', 'c'], doc['a']['b'] = '1'")]
    [TestCase("delete from customers where id = 1 returning ssn")]
    [TestCase("merge into orders o using customers c on c.id = o.id when matched then update set note = c.name when not matched then insert (id) values (c.id)")]
    [TestCase("with gone as (delete from orders returning *) insert into orders select * from gone")]
    [TestCase("create table t (id int primary key, note text default upper('x'), check (length(note) < 9))")]
    [TestCase("create table t as select id, name from customers with no data")]
    [TestCase("create view v as select id, name from v_customers with local check option")]
    [TestCase("create index concurrently on orders (upper(note))")]
    [TestCase("alter table orders add column execute_at date")]
    [TestCase("drop table if exists orders")]
    public void What_stores_nothing_masked_may_be_written(string statement) => Assert.That(Find(statement, TestCatalogue.Shop), Is.EqualTo((default(string), default(string))));

    // The value itself, or something that is made of it.
    [TestCase("insert into orders (note) select ssn from customers")]
    [TestCase("insert into orders (note) select c::text from customers c")]
    [TestCase("insert into orders (note) select string_agg(ssn, ',') from customers")]
    [TestCase("insert into orders (note) select ssn from v_customers")]
    [TestCase("insert into orders (id) select size from v_masked")]
    [TestCase("insert into orders (note) values ('a'), ((select email from customers limit 1))")]
    [TestCase("insert into orders (id) select row_number() over (order by ssn) from customers")]
    [TestCase("insert into orders (id, note) values (1, 'x') on conflict (id) do update set note = (select secret from nodes limit 1)")]
    [TestCase("insert into orders (note) select ssn from customers on conflict (id) do update set note = excluded.note")]
    [TestCase("update customers set name = ssn")]
    [TestCase("update customers set ssn = email", Description = "stored in another masked column, it comes as that one is masked")]
    [TestCase("update customers set (name, phone) = (select ssn, '1')")]
    [TestCase("update orders set note = c.ssn from customers c where c.id = customer_id")]
    [TestCase("merge into orders o using customers c on c.id = o.id when not matched then insert (id, note) values (c.id, c.ssn)")]
    [TestCase("merge into orders o using customers c on c.id = o.id when matched then update set note = c.email")]
    [TestCase("with m as (update nodes set label = 'x' returning secret) insert into orders (note) select secret from m")]
    [TestCase("with m as (insert into orders (note) select ssn from customers returning id) select * from m")]

    // Where something is put says as much as what is put.
    [TestCase("update customers set tags[(select ascii(ssn) from customers where id = 1)] = 'here'")]
    [TestCase("update customers set tags[1:length(email)] = '{}'")]
    [TestCase("update customers set doc[ssn] = '1'")]
    [TestCase("update customers set (name, tags[length(ssn)]) = ('a', 'b')")]
    [TestCase("insert into customers (id, tags[(select ascii(secret) from nodes limit 1)]) values (5, 'here')")]
    [TestCase("insert into customers (id) values (1) on conflict (id) do update set tags[length(customers.ssn)] = 'here'")]
    [TestCase("merge into customers c using orders o on c.id = o.id when matched then update set tags[length(c.ssn)] = 'here'")]
    [TestCase("merge into customers c using nodes n on c.id = n.id when not matched then insert (id, tags[length(n.secret)]) values (1, 'here')")]
    [TestCase("with m as (update customers set tags[length(ssn)] = 'x' returning id) update orders set note = 'y' from m where m.id = orders.id")]

    // Definitions that show it under another name, or tell about it.
    [TestCase("create table t as select ssn from customers")]
    [TestCase("create table t (a) as (select email from customers) with data")]
    [TestCase("create table t as table v_customers")]
    [TestCase("create table t as with m as (select secret from nodes) select * from m")]
    [TestCase("create table t as values ((select secret from nodes limit 1))")]
    [TestCase("create view v as select id from orders union select length(ssn) from customers")]
    [TestCase("create or replace view v_customers as select id, ssn as name, name as ssn from customers")]
    [TestCase("create table t (like customers including all)")]
    [TestCase("create table t (a text references customers (ssn))")]
    [TestCase("create unique index on customers (ssn)")]
    [TestCase("alter table customers rename to clients")]
    [TestCase("alter table public.customers rename column ssn to plain")]
    [TestCase("alter table \"customers\" add plain text generated always as (ssn) stored")]
    [TestCase("alter table orders add foreign key (note) references customers (ssn)")]
    [TestCase("comment on column customers.ssn is 'x'")]
    [TestCase("drop table orders, customers")]
    public void A_masked_value_is_not_stored(string statement) => Assert.That(Find(statement, TestCatalogue.Shop).Stored, Is.Not.Null);

    // Not a change of tables and nothing else.
    [TestCase("create table t as execute \"jitproxy:s1\"", "not understood", Description = "a statement that the proxy keeps prepared for the same session")]
    [TestCase("create temp table t as execute p(1) with no data", "not understood")]
    [TestCase("create table t as something new", "not understood")]
    [TestCase("create table t as select 1 something new", "could not be parsed")]
    [TestCase("create view v as select id from orders with new option", "could not be parsed")]
    [TestCase("update customers set tags[leak()::int] = 'a'", "leak")]
    [TestCase("update customers set tags[(select 1 from pg_catalog.pg_authid)] = 'a'", "pg_authid")]
    [TestCase("insert into customers (tags[length(pg_read_file('/etc/passwd'))]) values ('a')", "pg_read_file")]
    [TestCase("insert into orders (note) values (leak())", "leak")]
    [TestCase("insert into orders (id) values (nextval('s'))", "nextval")]
    [TestCase("update pg_catalog.pg_class set relname = 'x'", "server's own")]
    [TestCase("delete from pg_catalog.pg_proc", "server's own")]
    [TestCase("create table t (a text default leak())", "leak")]
    [TestCase("create table t (a text default \"public\" . \"leak\" ())", "leak")]
    [TestCase("create table t (a int default nextval('s'))", "nextval")]
    [TestCase("alter table orders alter note set default current_query()", "current_query")]
    [TestCase("create table t (a text) inherits (customers)", "INHERITS")]
    [TestCase("alter table orders attach partition customers default", "ATTACH")]
    [TestCase("create view v with (security_barrier) as select 1; ", null)]
    [TestCase("alter table orders enable row level security", "SECURITY")]
    [TestCase("alter table orders owner to postgres", "OWNER")]
    [TestCase("create trigger t after insert on orders execute function f()", "something else")]
    [TestCase("create rule r as on insert to orders do also nothing", "something else")]
    [TestCase("create function f() returns int language sql as 'select 1'", "something else")]
    [TestCase("create materialized view m as select 1", "something else")]
    [TestCase("create foreign table f (a int) server s", "something else")]
    [TestCase("alter view v_customers rename to v", "something else")]
    [TestCase("alter table v_customers rename column ssn to plain", "not a table")]
    [TestCase("create schema s", "something else")]
    [TestCase("create extension dblink", "something else")]
    [TestCase("grant select on customers to public", "it is not CREATE")]
    [TestCase("refresh materialized view m_totals", "it is not CREATE")]
    [TestCase("create table U&\"t\" (a int)", "not understood there")]
    public void What_does_more_than_change_tables_is_not_proven(string statement, string? why) => Assert.That(Find(statement, TestCatalogue.Shop).Write, why is null ? Is.Null : Does.Contain(why));

    [TestCase("insert into orders (note) values (?) on duplicate key update note = values(note)")]
    [TestCase("insert into orders set note = 'a'")]
    [TestCase("replace into orders select id, id, 1, name from customers")]
    [TestCase("update orders set note = upper(note) order by id limit 1")]
    [TestCase("delete from customers where ssn = '1'")]
    [TestCase("create table t (id int primary key, note text default ('x')) engine = innodb")]
    [TestCase("create table t select id, name from customers")]
    [TestCase("create view v as select id from v_customers with cascaded check option")]
    [TestCase("update orders for portion of p from '2026-01-01' to '2026-02-01' set note = 'a'")]
    public void What_stores_nothing_masked_may_be_written_to_MariaDB(string statement) =>
        Assert.That(Find(statement, MySqlShop.MariaDb), Is.EqualTo((default(string), default(string))));

    [TestCase("insert into orders (note) select ssn from customers")]
    [TestCase("insert into orders set note = (select email from customers limit 1)")]
    [TestCase("replace into orders (note) select ssn from v_customers")]
    [TestCase("insert into orders (id) values (1) on duplicate key update note = (select secret from nodes limit 1)")]
    [TestCase("update customers set name = concat(ssn, '')")]
    [TestCase("update customers set phone = email, email = 'x'")]
    [TestCase("update orders, customers set orders.note = customers.ssn")]
    [TestCase("update orders set note = @a")]
    [TestCase("update orders for portion of p from (select born from customers where ssn like '1%') to now() set note = 'a'")]
    [TestCase("update nodes for portion of p from '2026-01-01' to secret set label = 'a'")]
    [TestCase("delete from nodes for portion of p from (select secret from nodes limit 1) to now()")]
    [TestCase("insert into orders (note) select ssn from v_blind")]
    [TestCase("create table t as select ssn from customers")]
    [TestCase("create table t (select ssn from customers)")]
    [TestCase("create table t (a text) select email as a from customers")]
    [TestCase("create table t with m as (select secret from nodes) select * from m")]
    [TestCase("create table t like customers")]
    [TestCase("create table `t` (like `customers`)")]
    [TestCase("create table t (id int) as select ssn from v_customers")]
    [TestCase("create or replace view v_customers as select id, ssn as name from customers")]
    [TestCase("rename table orders to a, customers to b")]
    [TestCase("alter table customers rename column ssn to plain")]
    [TestCase("alter table customers add plain text as (ssn)")]
    [TestCase("drop table customers")]
    public void A_masked_value_is_not_stored_by_MariaDB(string statement)
    {
        var (write, stored) = Find(statement, MySqlShop.MariaDb);
        Assert.That(write ?? stored, Is.Not.Null);
    }

    [TestCase("create table t table customers")]
    [TestCase("create table t values row((select secret from nodes limit 1))")]
    public void A_masked_value_is_not_stored_by_MySQL(string statement)
    {
        var (write, stored) = Find(statement, MySqlShop.MySql);
        Assert.That(write ?? stored, Is.Not.Null);
    }

    [TestCase("create table t (a int) engine = federated connection = 'mysql://x'")]
    [TestCase("create table t (a int) engine 'connect'")]
    [TestCase("create table t (a int) union = (customers)")]
    [TestCase("create table t (a int) data directory '/tmp'")]
    [TestCase("create table t (a text default (load_file('/etc/passwd')))")]
    [TestCase("create table t (a text default (leak()))")]
    [TestCase("create table sales.t (a int)")]
    [TestCase("alter table orders rename sales.orders")]
    [TestCase("alter table orders exchange partition p with table customers")]
    [TestCase("alter table orders discard tablespace")]
    [TestCase("create definer = root@localhost view v as select 1 as a")]
    [TestCase("create sql security definer view v as select 1 as a")]
    [TestCase("create trigger t after insert on orders for each row set @a = 1")]
    [TestCase("create procedure p() select 1")]
    [TestCase("create event e on schedule every 1 day do delete from orders")]
    [TestCase("alter view v_customers as select 1 as id")]
    [TestCase("rename table v_customers to v")]
    [TestCase("update mysql.user set host = '%'")]
    [TestCase("update orders for portion of p from leak() to now() set note = 'a'")]
    [TestCase("update orders for portion of p from load_file('/etc/passwd') to now() set note = 'a'")]
    [TestCase("create table t as select 1 something new")]
    [TestCase("load data infile '/tmp/a' into table orders")]
    public void What_does_more_than_change_tables_is_not_proven_on_MariaDB(string statement) => Assert.That(Find(statement, MySqlShop.MariaDb).Write, Is.Not.Null);

    [Test]
    public void Without_masks_nothing_is_masked()
    {
        var analysis = StatementAnalyzer.Analyze("insert into orders (note) select ssn from customers"u8, TestCatalogue.Shop);
        Assert.That(MaskPlanner.FindStoredMask(analysis, TestCatalogue.Shop, MaskingPolicy.Empty, Alice), Is.Null);
        Assert.That(MaskPlanner.FindStoredMask(analysis, TestCatalogue.Shop, Policy, Alice with { Database = "another" }), Is.Null);
        Assert.That(MaskPlanner.FindStoredMask(analysis, TestCatalogue.Shop, Policy, Alice), Does.Contain("public.customers.ssn"), "unmask is for the reader, not for what is written");
    }

    private static (string? Write, string? Stored) Find(string statement, Catalogue catalogue)
    {
        var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), catalogue);
        var subject = catalogue.Dialect == SqlDialect.PostgreSql ? Alice : Alice with { Database = "shop" };
        var write = analysis.Changes.IsEmpty ? analysis.ReadOnlyObjection : analysis.WriteObjection ?? analysis.Unresolved;
        return (write, MaskPlanner.FindStoredMask(analysis, catalogue, Policy, subject));
    }
}
