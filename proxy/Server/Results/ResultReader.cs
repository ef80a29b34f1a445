using System.Buffers;
using System.Collections.Immutable;
using System.IO.Pipelines;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Results;

/// <summary>The client's end of a session inside the process: sends one statement, and reads what comes back as the engine sends it.</summary>
internal abstract class ResultReader
{
    /// <summary>The largest row that is held, in bytes.</summary>
    public const int RowSizeMax = 64 * 1024 * 1024;

    private RunEnd? _fault;

    /// <summary>The columns, from <see cref="ResultStep.Fields"/> on.</summary>
    public ImmutableArray<ResultField> Fields { get; protected set; } = [];

    /// <summary>The row that came last.</summary>
    public ResultRow Row { get; } = new();

    /// <summary>Rows so far.</summary>
    public long Rows { get; protected set; }

    /// <summary>How it ended: complete, or with the first thing that went wrong.</summary>
    public RunEnd End => _fault is { } fault ? fault with { Rows = Rows } : new(Rows);

    /// <summary>Writes the statement.</summary>
    public abstract void Send(PipeWriter output, ReadOnlySpan<byte> statement);

    /// <summary>Takes the next step off what was received.</summary>
    public abstract ResultStep Take(ref ReadOnlySequence<byte> unread);

    /// <summary>Ends it from this side; what went wrong first stays.</summary>
    public void Fail(string error, string? detail = null, string? hint = null) => _fault ??= new(0, error, detail, hint);

    /// <summary>The end of a result with a row that is too large to be held.</summary>
    protected ResultStep TooLarge()
    {
        Fail($"a row is larger than the {RowSizeMax} bytes that are held at a time", null, "Run the statement with a client of your own.");
        return ResultStep.End;
    }

    /// <summary>The end of a result that cannot be read.</summary>
    protected ResultStep Malformed()
    {
        Fail("the result cannot be read");
        return ResultStep.End;
    }
}
