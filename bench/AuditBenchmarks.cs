using BenchmarkDotNet.Attributes;
using JitProxy.Policy.Grants;
using JitProxy.Storage.Audit;

namespace JitProxy.Bench;

/// <summary>Two records per execution: what a session pays for them, and how many the trail takes when it is never given a pause.</summary>
[MemoryDiagnoser]
public class AuditBenchmarks
{
    // Fits into the journal, so that what a session pays does not include waiting for the writer.
    private const int Count = 10_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("jitproxy-bench-").FullName;
    private AuditTrail _trail = null!;
    private StatementContext _context = null!;

    [GlobalSetup]
    public void Open()
    {
        var book = GrantBook.Create([Corpus.Grant(1, Corpus.User, Corpus.PointSelect)]);
        if (!Judge.Decide(Corpus.Plea(Corpus.PointSelect), book, Corpus.Now).TryGetPermit(out var permit))
            throw new InvalidOperationException("the grant is not found");

        _trail = AuditTrail.Open(Path.Combine(_folder, "audit.db"), new(), TimeProvider.System);
        _context = new(Corpus.User, "127.0.0.1:50000", "bench", permit);
    }

    [GlobalCleanup]
    public void Close()
    {
        _trail.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [IterationCleanup]
    public void Flush() => _trail.FlushAsync().GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = Count)]
    public void BeginAndFinish()
    {
        for (var i = 0; i < Count; i++)
        {
            if (!_trail.TryBegin(_context, default, out var execution, out var fault))
                throw new InvalidOperationException(fault);

            execution.Finish(new() { Outcome = AuditOutcome.Ok, Rows = 1, Bytes = 20 });
        }
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public void BeginFinishAndCommit()
    {
        BeginAndFinish();
        Flush();
    }
}
