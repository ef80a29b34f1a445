using BenchmarkDotNet.Attributes;
using JitProxy.Policy.Grants;

namespace JitProxy.Bench;

/// <summary>The judge, with few grants and with many: its cost must not depend on their number.</summary>
[MemoryDiagnoser]
[GcForce(false)]
public class DecisionBenchmarks
{
    // Kept between benchmarks: a million grants take a while to make.
    private static GrantBook _made = GrantBook.Empty;

    private readonly StatementPlea _granted = Corpus.Plea(Corpus.PointSelect);
    private readonly StatementPlea _unknown = Corpus.Plea(Corpus.Nested);
    private Grant _own = null!;
    private Permit _permit = null!;

    [Params(10, 10_000, 1_000_000)]
    public int Grants { get; set; }

    [GlobalSetup]
    public void MakeBook()
    {
        _own = Corpus.Grant(Grants, Corpus.User, Corpus.PointSelect);
        if (_made.Count != Grants)
        {
            _made = GrantBook.Empty;
            _made = GrantBook.Create(Enumerable.Range(1, Grants - 1)
                .Select(static i => Corpus.Grant(i, $"user{i % 1000}", $"SELECT abalance FROM pgbench_accounts WHERE aid = {i}"))
                .Append(_own));
        }

        _permit = Decide() ?? throw new InvalidOperationException("the grant is not found");
    }

    [Benchmark]
    public Permit? Decide() => Judge.Decide(_granted, _made, Corpus.Now).TryGetPermit(out var permit) ? permit : null;

    /// <summary>A refusal together with what helps the requester: the nearest grant is looked for.</summary>
    [Benchmark]
    public Objection? Refuse() => Judge.Decide(_unknown, _made, Corpus.Now).Objection;

    [Benchmark]
    public bool Recheck() => _permit.Recheck(_made, Corpus.Now, out _);

    [Benchmark]
    public GrantBook ChangeOneGrant() => _made.With(_own);
}
