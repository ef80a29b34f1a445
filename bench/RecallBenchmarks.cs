using BenchmarkDotNet.Attributes;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Sessions;

namespace JitProxy.Bench;

/// <summary>Finding a statement by its text: the key of a grant, and the session's memory of what it decided lately.</summary>
[MemoryDiagnoser]
public class RecallBenchmarks
{
    private static readonly SessionIdentity Who = new(Corpus.User, "127.0.0.1:50000", "bench", "bench", SqlDialect.PostgreSql);

    private readonly byte[] _text = Corpus.Utf8(Corpus.PointSelect);
    private readonly NormalForm _form = Corpus.Form(Corpus.PointSelect);
    private readonly RecentStatements<ClientStatement> _recent = new();

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < RecentStatements<ClientStatement>.CountMax - 1; i++)
            Add(Corpus.Utf8($"{Corpus.PointSelect} AND bid = {i}"));

        Add(_text);
    }

    [Benchmark]
    public StatementKey ComputeKey() => StatementKey.Compute(SqlDialect.PostgreSql, Corpus.User, Corpus.Database, "public", _form);

    [Benchmark]
    public bool RecallRecent() => _recent.TryGet(_text, out _);

    private void Add(byte[] text) => _recent.Add(text, new ClientStatement(Who, text, [], Ruling.ByRule(default, text, Corpus.Catalogue)));
}
