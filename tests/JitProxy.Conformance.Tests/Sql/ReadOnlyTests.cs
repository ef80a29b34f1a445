using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sql;

/// <summary>What the analysis calls a read, the server takes for one: no such statement is refused in a READ ONLY transaction, and none leaves a trace.</summary>
[TestFixture]
internal sealed class ReadOnlyTests
{
    private const string ReadOnlyTransaction = "25006";

    // A lock, a large object, a sequence's value: what a READ ONLY transaction may change all the same.
    private const string Traces = """
        select 'lock' from pg_locks where locktype = 'advisory'
        union all select 'object' from pg_largeobject_metadata
        union all select 'listens' from pg_listening_channels()
        union all select 'prepared' from pg_prepared_xacts
        """;

    // A call of each function that SQL can call, with a value of each parameter's type; aggregates and windows over a table.
    private const string Calls = """
        select case when p.prokind = 'w' then format('select %s over () from t1', call) when p.prokind = 'a' then format('select %s from t1', call) else 'select ' || call end
        from pg_proc p, lateral (
            select format('pg_catalog.%I(%s)%s', p.proname,
                case when p.prokind = 'a' and a.aggkind <> 'n' then string_agg(v.value, ', ') filter (where v.o <= a.aggnumdirectargs) else string_agg(v.value, ', ' order by v.o) end,
                case when a.aggkind <> 'n' then format(' within group (order by %s)', coalesce(string_agg(v.value, ', ') filter (where v.o > a.aggnumdirectargs), '1')) end) as call,
                coalesce(bool_and(v.value is not null), true) as is_callable
            from pg_proc self left join pg_aggregate a on a.aggfnoid = self.oid left join lateral (
                select x.o, case
                    when t.typname in ('internal', 'trigger', 'event_trigger', 'language_handler', 'index_am_handler', 'table_am_handler', 'fdw_handler', 'tsm_handler') then null
                    when t.typname = 'cstring' then '''1'''
                    when t.typname in ('any', 'anyelement', 'anynonarray', 'anycompatible', 'anycompatiblenonarray') then '1'
                    when t.typname in ('anyarray', 'anycompatiblearray') then 'array[1, 2]'
                    when t.typname = 'anyenum' then '''a''::app.mood'
                    when t.typname in ('anyrange', 'anycompatiblerange') then 'int4range(1, 2)'
                    when t.typname in ('anymultirange', 'anycompatiblemultirange') then 'int4multirange(int4range(1, 2))'
                    when t.typname = 'record' then 'row(1, 2)'
                    when t.typname in ('_record', 'pg_ddl_command') then null
                    when t.typname in ('oid', 'regclass') then format('''public.t1''::regclass::%s', t.typname)
                    when t.typname = 'name' then '''t1''::name'
                    when t.typcategory in ('N', 'B') and t.typname not like 'reg%' then format('''1''::%I', t.typname)
                    when t.typcategory = 'D' then format('''2020-01-01''::%I', t.typname)
                    when t.typname = 'text' then '''1''::text'
                    when t.typname in ('json', 'jsonb') then format('''{"1": [1]}''::%s', t.typname)
                    when t.typname = 'xml' then '''<a/>''::xml'
                    when t.typcategory = 'A' then format('''{}''::%s', format_type(t.oid, null))
                    else format('null::%s', format_type(t.oid, null)) end as value
                from unnest(self.proargtypes) with ordinality x(type, o) join pg_type t on t.oid = x.type) v on true
            where self.oid = p.oid
            group by a.aggkind, a.aggnumdirectargs) c
        where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind in ('f', 'a', 'w') and c.is_callable
        order by p.oid
        """;

    private CorpusServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await CorpusServer.StartAsync();

    [OneTimeTearDown]
    public void Stop() => _server?.Dispose();

    [Test]
    public void Statement_that_reads_is_taken_in_a_read_only_transaction()
    {
        var ran = 0;
        foreach (var (source, texts) in PostgresCorpus.All)
            ran += Run(source, CorpusServer.SchemaOf(source), texts);

        Assert.That(ran, Is.GreaterThan(2_000));
        Assert.That(_server.Read(Traces), Is.Empty);
    }

    [TestCase("create table x (a int)")]
    [TestCase("insert into t1 (id) values (9)")]
    [TestCase("with w as (delete from t1 returning id) select * from w")]
    [TestCase("select * from t1 for update")]
    public void Write_is_refused_there(string statement) => Assert.That(_server.RunReadOnly("public", statement, 0, out _), Is.EqualTo(ReadOnlyTransaction));

    [Test]
    public void Function_that_may_be_called_changes_nothing()
    {
        var calls = _server.Read(Calls);
        Assert.That(calls, Has.Length.GreaterThan(2_000));
        Assert.That(Run("functions", "public", calls), Is.GreaterThan(1_000));
        Assert.That(_server.Read(Traces), Is.Empty);
    }

    // The statements that ran to their end.
    private int Run(string source, string schema, IReadOnlyCollection<string> texts)
    {
        var catalogue = _server.CatalogueOf(schema);
        var (reads, ran, known) = (0, 0, 0);
        var others = new List<string>();
        var ends = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(text), catalogue);
            if (!analysis.IsReadOnly || analysis.Kind == StatementKind.Copy)
                continue;

            reads++;
            var state = _server.RunReadOnly(schema, text, analysis.ParameterCount, out var columns);
            Assert.That(state, Is.Not.EqualTo(ReadOnlyTransaction), text);
            if (state is not null)
            {
                ends[state] = ends.GetValueOrDefault(state) + 1;
                continue;
            }

            ran++;
            if (analysis.Columns.IsDefault)
                continue;

            // Null stands for a name that only the server knows.
            known += analysis.Unresolved is null && analysis.Columns.All(static column => !column.IsUnknown) ? 1 : 0;
            if (!analysis.Columns.Select((column, i) => column.Name ?? columns.ElementAtOrDefault(i)).SequenceEqual(columns))
                others.Add($"{string.Join(' ', analysis.Columns.Select(static column => column.Name))} instead of {string.Join(' ', columns)}: {text}");
        }

        var rest = string.Join(", ", ends.Select(static e => $"{e.Key} {e.Value}"));
        TestContext.Out.WriteLine(
            $"{source}: {reads} of {texts.Count} are reads, {ran} ran to their end, none was refused as a write; "
            + $"the columns of all and the sources of {known} are known; others ended with {rest}");
        Assert.That(others, Is.Empty, source);
        return ran;
    }
}
