using BenchmarkDotNet.Attributes;
using JitProxy.Policy.Sql;

namespace JitProxy.Bench;

/// <summary>As <see cref="LexerBenchmarks"/>, for MySQL.</summary>
[MemoryDiagnoser]
public class MySqlLexerBenchmarks
{
    // A megabyte, so that nanoseconds per operation read as microseconds per kilobyte, and MB/s is a division.
    private readonly byte[] _megabyte = Corpus.Utf8(
        string.Concat(Enumerable.Repeat(Corpus.Nested + ";\n", 1 + ((1 << 20) / Corpus.Nested.Length))))[..(1 << 20)];
    private readonly byte[] _pointSelect = Corpus.Utf8(Corpus.PointSelect);
    private readonly byte[] _nested = Corpus.Utf8(Corpus.Nested);

    [Benchmark]
    public int LexMegabyte()
    {
        var lexer = new MySqlLexer(_megabyte, LexicalModes.None);
        var count = 0;
        while (lexer.TryNext(out _))
            count++;

        return count;
    }

    [Benchmark]
    public NormalForm? NormalizePointSelect() => Normalize(_pointSelect);

    [Benchmark]
    public NormalForm? NormalizeNested() => Normalize(_nested);

    private static NormalForm? Normalize(byte[] text) =>
        NormalForm.TryCreate(text, SqlDialect.MySql, out var form, out _, out _) ? form : null;
}
