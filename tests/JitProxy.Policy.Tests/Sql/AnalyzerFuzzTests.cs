using System.Diagnostics;
using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>Damaged and shuffled statements: always an answer, never an exception, and soon.</summary>
[TestFixture]
internal sealed class AnalyzerFuzzTests
{
    private static readonly int Rounds = TestScale.Of(6_000);
    private static readonly string[] Texts = [.. PostgresCorpus.All.SelectMany(static one => one.Texts)];

    // A statement of a few kilobytes takes a millisecond and a megabyte or two, one made to hurt a thousand times as much; the machine may be busy.
    private const long AllocatedMax = 512L << 20;
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(10);

    private TimeSpan _slowest;
    private long _largest;

    [SetUp]
    public void SetUp() => (_slowest, _largest) = (TimeSpan.Zero, 0);

    [TearDown]
    public void Print() => TestContext.Out.WriteLine($"the slowest took {_slowest.TotalMilliseconds:0.0} ms, the largest {_largest / 1024} KiB of memory");

    [TestCase(1)]
    [TestCase(2)]
    public void Damaged_statements_have_an_answer(int seed)
    {
        var random = new Random(seed);
        var answered = 0;
        for (var i = 0; i < Rounds; i++)
        {
            answered += Answer(Damage(Encoding.UTF8.GetBytes(Texts[random.Next(Texts.Length)]), random));
        }

        Assert.That(answered, Is.EqualTo(Rounds));
    }

    [Test]
    public void Any_bytes_have_an_answer()
    {
        var random = new Random(4);
        var answered = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var text = new byte[random.Next(1, 400)];
            random.NextBytes(text);
            answered += Answer(i % 2 == 0 ? text : [.. "select "u8, .. text.Select(static b => (byte)(b & 0x7F))]);
        }

        Assert.That(answered, Is.EqualTo(Rounds));
    }

    [Test]
    public void Shuffled_words_have_an_answer()
    {
        var random = new Random(3);
        var words = SqlCorpus.Postgres.SelectMany(static text => text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)).Distinct().ToArray();
        var answered = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var text = string.Join(' ', Enumerable.Range(0, random.Next(1, 60)).Select(_ => words[random.Next(words.Length)]));
            answered += Answer(Encoding.UTF8.GetBytes($"select {text}"));
        }

        Assert.That(answered, Is.EqualTo(Rounds));
    }

    [Test]
    public void Every_beginning_of_a_statement_has_an_answer()
    {
        var answered = 0;
        var asked = 0;
        foreach (var text in SqlCorpus.Postgres.Where(static text => text.Length > 120).Take(60).Select(Encoding.UTF8.GetBytes))
        {
            for (var size = 0; size < text.Length; size += 3, asked++)
                answered += Answer(text[..size]);
        }

        Assert.That(answered, Is.EqualTo(asked));
    }

    [Test]
    public void Hostile_sizes_have_an_answer()
    {
        var wide = string.Join(", ", Enumerable.Repeat("row_to_json(c)", 20_000));
        var deep = string.Concat(Enumerable.Repeat("with recursive t as (", 100)) + "select 1 as a from t" + string.Concat(Enumerable.Repeat(") select * from t", 100));
        var many = "select " + string.Join("||", Enumerable.Repeat("c::text", 60_000)) + " from customers c";
        var joins = "select 1 from customers c0" + string.Concat(Enumerable.Range(1, 3_000).Select(static i => $" join customers c{i} on true"));

        Assert.That(Answer(Encoding.UTF8.GetBytes($"select {wide} from customers c")), Is.EqualTo(1));
        Assert.That(Answer(Encoding.UTF8.GetBytes(deep)), Is.EqualTo(1));
        Assert.That(Answer(Encoding.UTF8.GetBytes(many)), Is.EqualTo(1));
        Assert.That(Answer(Encoding.UTF8.GetBytes(joins)), Is.EqualTo(1));
        Assert.That(Answer(new byte[4 << 20]), Is.EqualTo(1));
    }

    [Test]
    public void Views_over_views_without_end_have_an_answer()
    {
        const int Count = 200;
        var customers = TestCatalogue.Shop.FindRelation("public", "customers")!;
        var views = Enumerable.Range(0, Count).Select(static i => new CatalogueRelation
        {
            Schema = "public",
            Name = $"v{i}",
            Kind = RelationKind.View,
            Columns = [new(1, "a", "text", 25)],
            Definition = i == 0 ? "select ssn from customers" : $"select x.a || y.a from v{i - 1} x, v{i - 1} y",
        });
        var loop = new CatalogueRelation { Schema = "public", Name = "loop", Kind = RelationKind.View, Columns = [new(1, "a", "text", 25)], Definition = "select a from loop" };
        var catalogue = new Catalogue(SqlDialect.PostgreSql, ["public"], [customers, loop, .. views], []);

        var near = StatementAnalyzer.Analyze("select a from v40"u8, catalogue);
        Assert.That(near.Unresolved, Is.Null);
        Assert.That(near.Columns[0].Sources, Does.Contain(new SourceColumn("public", "customers", "ssn")));
        Assert.That(StatementAnalyzer.Analyze("select a from v199"u8, catalogue).Unresolved, Is.Not.Null);
        Assert.That(StatementAnalyzer.Analyze("select a from loop"u8, catalogue).Columns[0].IsUnknown, Is.True);
    }

    private int Answer(byte[] text)
    {
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var analysis = StatementAnalyzer.Analyze(text, TestCatalogue.Shop);
        var verdict = Housekeeping.Judge(text, TestCatalogue.Shop);
        NormalForm.TryCreate(text, SqlDialect.PostgreSql, out _, out _, out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        _slowest = watch.Elapsed > _slowest ? watch.Elapsed : _slowest;
        _largest = Math.Max(_largest, allocated);
        Assert.That(watch.Elapsed, Is.LessThan(TimeMax), () => Encoding.UTF8.GetString(text));
        Assert.That(allocated, Is.LessThan(AllocatedMax), () => Encoding.UTF8.GetString(text));

        // A statement that runs without a grant reads no table of users, whatever was done to it.
        return verdict.Action == HousekeepingAction.Read && analysis.Relations.Any(static use => use.Schema is not ("pg_catalog" or "information_schema")) ? 0 : 1;
    }

    private static byte[] Damage(byte[] text, Random random)
    {
        const string Marks = "()[],.;:'\"$*+-/<>=| \n\0xE0n1";
        var damaged = text.ToList();
        for (var n = random.Next(1, 6); n > 0 && damaged.Count > 1; n--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged.RemoveAt(at);
                    break;
                case 1:
                    damaged.Insert(at, (byte)Marks[random.Next(Marks.Length)]);
                    break;
                case 2:
                    damaged[at] = (byte)random.Next(256);
                    break;
                default:
                    var size = random.Next(1, damaged.Count - at + 1);
                    var part = damaged.GetRange(at, Math.Min(size, 40));
                    damaged.InsertRange(random.Next(damaged.Count), part);
                    break;
            }
        }

        return [.. damaged];
    }
}
