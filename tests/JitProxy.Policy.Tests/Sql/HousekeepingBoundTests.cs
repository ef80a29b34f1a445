using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>What runs without a grant must not be able to keep the server busy: rows come out of the catalogue, not out of nothing.</summary>
[TestFixture]
internal sealed class HousekeepingBoundTests
{
    [TestCase("select 1")]
    [TestCase("select * from (values (1, 'a'), (2, 'b')) t(x, y)")]
    [TestCase("select generate_series(1, 3)")]
    [TestCase("select * from unnest(current_schemas(true)) with ordinality")]
    [TestCase("select r, (current_schemas(false))[r] from generate_series(1, array_upper(current_schemas(false), 1)) as s(r)")]
    [TestCase("select conname, a from pg_constraint, unnest(conkey) a")]
    [TestCase("select conname, i from pg_constraint c join generate_series(array_lower(c.conkey, 1), array_upper(c.conkey, 1)) i on true")]
    [TestCase("select (select string_agg(x, ', ') from unnest(c.reloptions) x) from pg_class c")]
    [TestCase("select c.oid, a.* from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a")]
    [TestCase("select generate_subscripts(indkey, 1), (information_schema._pg_expandarray(indkey)).n from pg_index")]
    [TestCase("select oid from pg_class where oid in (select unnest('{1259,1260}'::oid[]))")]
    [TestCase("select c.oid from unnest($1, $2) as t(a, b) join pg_class c on c.oid = t.a")]
    [TestCase("select * from pg_get_keywords() k, pg_options_to_table('{a=b}'::text[])")]
    [TestCase("with recursive up as (select inhrelid, inhparent from pg_inherits union all select i.inhrelid, i.inhparent from pg_inherits i join up on i.inhrelid = up.inhparent) table up")]
    [TestCase("with recursive kids as (select inhparent from pg_inherits), up as (select oid from pg_class union select k.inhparent from kids k, up where up.oid = k.inhparent) table up")]
    [TestCase("select relname from pg_class order by (select max(x) from (values (1), (2)) t(x))")]
    public void A_read_of_the_catalogue_is_free(string statement) => Assert.That(Judge(statement), Is.EqualTo(HousekeepingAction.Read));

    [TestCase("select count(*) from generate_series(1, 1000000000)")]
    [TestCase("select generate_series(1, 100000000)")]
    [TestCase("select count(*) from generate_series(1, 10000) a, generate_series(1, 10000) b")]
    [TestCase("select generate_series(1, 10000) where exists (select generate_series(1, 10000))")]
    [TestCase("select (select count(*) from generate_series(1, 10000)) from generate_series(1, 10000)")]
    [TestCase("select count(*) from generate_series(1, 10, 0.0000001)")]
    [TestCase("select count(*) from generate_series(1, 10, 0)")]
    [TestCase("select count(*) from generate_series(now(), now() + '100 years', '1 second')")]
    [TestCase("select count(*) from generate_series(1, length('a') * 1000000000)")]
    [TestCase("select count(*) from generate_series(1, array_upper('[2000000000:2000000000]={1}'::int[], 1))")]
    [TestCase("select count(*) from (select '[2000000000:2000000000]={1}'::int[] as a) t, generate_series(1, array_upper(t.a, 1))")]
    [TestCase("select count(*) from pg_class c, generate_series(1, c.reltuples::int)")]
    [TestCase("select count(*) from pg_class c, generate_series(1, c.oid::bigint)")]
    [TestCase("select count(*) from generate_series(1, $1)")]
    [TestCase("select count(*) from generate_series(1, current_setting('max_connections')::int)")]
    [TestCase("select unnest(a) from (select a || a as a from (select a || a as a from (select '{1,2,3,4}'::int[] as a) x) y) z")]
    [TestCase("select unnest(string_to_array(replace(a, b, c), ',')) from (values ('aaaa', 'a', ',,,,')) t(a, b, c)")]
    [TestCase("select unnest(string_to_array(replace('aaaa', 'a', ',,,,,,'), ','))")]
    [TestCase("select unnest($1::int[]) from unnest($2::int[])")]
    [TestCase("select unnest(array_fill(1, array[1000000]))")]
    [TestCase("select array_fill(''::text, array[1000000000])")]
    [TestCase("select array_fill(''::name, array[oid::int]) from pg_class")]
    [TestCase("select array_fill(''::name, array[pronargs]) from (select 1000000000 as pronargs) t")]
    [TestCase("select repeat('x', 1000000000)")]
    [TestCase("select lpad('x', 1000000000), rpad('x', 1000000000)")]
    [TestCase("select format('%1000000000s', 'x')")]
    [TestCase("select power(9, 1000000)")]
    [TestCase("select regexp_split_to_table(relname::text, '') from pg_class")]
    [TestCase("select string_to_table('a,b', ',')")]
    [TestCase("with w as (select generate_series(1, 1000)) select count(*) from w a, w b, w c")]
    [TestCase("with w(x) as (values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) select count(*) from w a, w b, w c, w d, w e, w f")]
    [TestCase("with a as (select 1 union all select 2), b as (select 1 from a x, a y, a z, a v), c as (select 1 from b x, b y, b z), d as (select 1 from c x, c y, c z) table d")]
    [TestCase("with recursive a as (select 1 from b x, b y), b as (select generate_series(1, 10000)) table a")]
    [TestCase("with recursive w(n) as (select 1 union all select n + 1 from w) select count(*) from w")]
    [TestCase("with recursive w(n) as (select 1 union all select n + 1 from w where n < 1000000000) select count(*) from w")]
    [TestCase("with recursive k(a) as (values (1)), w(n) as (select 1 union all select n + 1 from w join k on k.a = 1) select count(*) from w")]
    [TestCase("with recursive w(n) as (select 1 union all select n + 1 from w, pg_class) select count(*) from w")]
    [TestCase("with recursive w(n) as (select 1 union all select n + 1 from w join pg_class on oid = 1 where exists (select generate_series(1, 10000))) select count(*) from w")]
    [TestCase("select * from xmltable('/a/b' passing '<a/>' columns x text)")]
    [TestCase("select 1 from pg_class order by (select count(*) from generate_series(1, 1000000000))")]
    [TestCase("select 1 limit (select count(*) from generate_series(1, 1000000000))")]
    [TestCase("select 1 from pg_class a join pg_class b on (select count(*) from generate_series(1, 1000000000)) > 1")]
    [TestCase("select sum(1) over (order by generate_series(1, 1000000))")]
    public void Rows_out_of_nothing_need_a_grant(string statement)
    {
        Assert.That(StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), TestCatalogue.Shop).Kind, Is.EqualTo(StatementKind.Select), "it can be read");
        Assert.That(Judge(statement), Is.EqualTo(HousekeepingAction.NotHousekeeping));
    }

    [TestCase("'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'", "a || a")]
    [TestCase("(select relname from pg_class limit 1)", "concat(a, a)")]
    [TestCase("$1", "a || a || relname")]
    [TestCase("'x'", "a || a")]
    [TestCase("version()", "a || a")]
    [TestCase("$1", "a || a")]
    [TestCase("1", "row(a, a)")]
    [TestCase("array[relname]", "array_cat(a, a)")]
    [TestCase("relname", "json_build_array(a, a)")]
    [TestCase("relname", "row(a, a)::text")]
    [TestCase("relname", "string_agg(a, ',')")]
    public void A_value_that_grows_from_level_to_level_needs_a_grant(string first, string step)
    {
        var text = $"select {first} as a, min(relname) as relname from pg_class";
        Assert.That(Judge($"select {step} from ({text}) t"), Is.EqualTo(HousekeepingAction.Read));
        for (var i = 0; i < 30; i++)
            text = $"select {step} as a, min(relname) as relname from ({text}) t{i}";

        Assert.That(Judge(text), Is.EqualTo(HousekeepingAction.NotHousekeeping));
    }

    [Test]
    public void A_long_text_needs_a_grant()
    {
        Assert.That(Judge($"select 1 -- {new string('x', 200_000)}"), Is.EqualTo(HousekeepingAction.Read));
        Assert.That(Judge($"select 1 -- {new string('x', 300_000)}"), Is.EqualTo(HousekeepingAction.NotHousekeeping));
    }

    [Test]
    public void Subqueries_inside_arguments_are_judged_in_time_that_grows_with_the_text()
    {
        var text = "'{1}'::int[]";
        for (var i = 0; i < 60; i++)
            text = $"array(select unnest({text}))";

        Assert.That(Judge($"select unnest({text})"), Is.EqualTo(HousekeepingAction.Read));
    }

    private static HousekeepingAction Judge(string statement) => Housekeeping.Judge(Encoding.UTF8.GetBytes(statement), TestCatalogue.Shop).Action;
}
