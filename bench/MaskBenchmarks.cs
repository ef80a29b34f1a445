using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using JitProxy.Server.Mask;

namespace JitProxy.Bench;

/// <summary>Rewriting rows of four columns, one of them masked.</summary>
[MemoryDiagnoser]
public class MaskBenchmarks
{
    private const int Count = 1000;
    private readonly byte[] _rows = Corpus.WideRows(Count);
    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private readonly RowMasker _masker = new();
    private ImmutableArray<ColumnMask?> _masks;

    [Params(MaskKind.InnerOuter, MaskKind.Full, MaskKind.Hash)]
    public MaskKind Algorithm { get; set; }

    [GlobalSetup]
    public void MakePlan()
    {
        var algorithm = Algorithm == MaskKind.InnerOuter ? new MaskAlgorithm(Algorithm) { Prefix = 1, Suffix = 4 } : new(Algorithm);
        var policy = new MaskingPolicy
        {
            SemanticTypes = ImmutableDictionary<string, MaskAlgorithm>.Empty.Add("email", algorithm),
            Columns = ImmutableDictionary<MaskedColumn, string>.Empty.Add(new("bench", "bench", "public", "wide", "email"), "email"),
            Secrets = MaskSecrets.Derive("a key that only this benchmark has"u8),
        };
        var analysis = StatementAnalyzer.Analyze("SELECT id, email, name, created FROM wide"u8, Corpus.Catalogue);
        var subject = new MaskSubject(Corpus.User, "bench", "bench", "", "bench", false, Corpus.Now);
        var plan = MaskPlanner.Plan(analysis, Corpus.WideShape, Corpus.Catalogue, policy, subject);
        if (plan.Fault != PlanFault.None || plan.MaskedColumns is not ["email"])
            throw new InvalidOperationException("the plan does not mask the e-mail address alone");

        _masks = plan.Columns;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int MaskRow()
    {
        _output.ResetWrittenCount();
        var rows = _rows.AsSpan();
        while (!rows.IsEmpty)
        {
            var size = 1 + BinaryPrimitives.ReadInt32BigEndian(rows[1..]);
            if (_masker.TryRewrite(rows[..size], _masks, _output) < 0)
                throw new InvalidOperationException("a row does not fit its plan");

            rows = rows[size..];
        }

        return _output.WrittenCount;
    }
}
