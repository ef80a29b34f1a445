using System.Buffers;
using BenchmarkDotNet.Attributes;
using JitProxy.Wire.Postgres;

namespace JitProxy.Bench;

/// <summary>A granted simple query through a whole session, from the client's bytes to the client's bytes, without sockets.</summary>
/// <remarks>The upstream is a loop in this process that answers canned bytes; decision, audit trail and mask check are the real ones.</remarks>
[MemoryDiagnoser]
public class SessionBenchmarks
{
    private const int Pipelined = 64;
    private readonly byte[] _query = Encode(1);
    private readonly byte[] _queries = Encode(Pipelined);
    private SessionRig _rig = null!;

    [GlobalSetup]
    public async Task Open()
    {
        _rig = await SessionRig.OpenAsync(Corpus.PointSelect);
        await Query();
    }

    [GlobalCleanup]
    public async Task Close() => await _rig.DisposeAsync();

    /// <summary>One at a time: nearly all of it is handing over between threads.</summary>
    [Benchmark]
    public Task Query() => _rig.AskAsync(_query, 1);

    /// <summary>Many in one send: what is left is the work on each.</summary>
    [Benchmark(OperationsPerInvoke = Pipelined)]
    public Task QueryPipelined() => _rig.AskAsync(_queries, Pipelined);

    private static byte[] Encode(int count)
    {
        var output = new ArrayBufferWriter<byte>();
        for (var i = 0; i < count; i++)
            PgQuery.Write(output, Corpus.Utf8(Corpus.PointSelect));

        return output.WrittenSpan.ToArray();
    }
}
