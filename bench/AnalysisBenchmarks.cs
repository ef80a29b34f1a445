using BenchmarkDotNet.Attributes;
using JitProxy.Policy.Sql;

namespace JitProxy.Bench;

/// <summary>What a statement reads and returns: made once per grant and catalogue, not per execution.</summary>
[MemoryDiagnoser]
public class AnalysisBenchmarks
{
    private readonly byte[] _pointSelect = Corpus.Utf8(Corpus.PointSelect);
    private readonly byte[] _join = Corpus.Utf8(Corpus.Join);
    private readonly byte[] _nested = Corpus.Utf8(Corpus.Nested);

    // The same tables as MariaDB would have them: a database in the place of the schema.
    private readonly Catalogue _mariaDb = new(
        SqlDialect.MariaDb, ["public"], Corpus.Catalogue.Relations.Select(static relation => relation with { Oid = 0 }), []);

    [Benchmark]
    public StatementAnalysis PointSelect() => StatementAnalyzer.Analyze(_pointSelect, Corpus.Catalogue);

    [Benchmark]
    public StatementAnalysis Join() => StatementAnalyzer.Analyze(_join, Corpus.Catalogue);

    [Benchmark]
    public StatementAnalysis Nested() => StatementAnalyzer.Analyze(_nested, Corpus.Catalogue);

    [Benchmark]
    public StatementAnalysis JoinOnMariaDb() => StatementAnalyzer.Analyze(_join, _mariaDb);
}
