using System.Threading.Tasks.Sources;
using JitProxy.Server.Decide;

namespace JitProxy.Server.Share;

/// <summary>One run of one session's statement on a shared connection, from submission to its answer; a session reuses its own.</summary>
/// <remarks>The answer collects and leaves only when it is whole, so that a run that goes wrong can be made again as if nothing had been.</remarks>
internal abstract class SharedRun : IValueTaskSource<bool>
{
    /// <summary>The largest answer in bytes; what is larger runs on the session's own connection.</summary>
    public const int AnswerSizeMax = 64 * 1024;

    /// <summary>An answer larger than this gives its memory back.</summary>
    protected const int AnswerSizeKept = 4 * 1024;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _isSettled = 1;

    /// <summary>What became of it.</summary>
    public SharedOutcome Outcome { get; private set; }

    /// <summary>Why it may not run; not null if and only if <see cref="Outcome"/> is Refused.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>True while somebody waits for it.</summary>
    public bool IsWanted => Volatile.Read(ref _isSettled) == 0;

    /// <summary>Completes with it; to be awaited once per run.</summary>
    public ValueTask<bool> WhenSettled() => new(this, _source.Version);

    /// <summary>Ends it; the first outcome stays.</summary>
    public void Settle(SharedOutcome outcome, Refusal? refusal = null)
    {
        if (Interlocked.Exchange(ref _isSettled, 1) != 0)
            return;

        (Outcome, Refusal) = (outcome, refusal);
        _source.SetResult(true);
    }

    /// <summary>A run begins.</summary>
    protected void Begin()
    {
        _source.Reset();
        (Outcome, Refusal) = (SharedOutcome.None, null);
        Volatile.Write(ref _isSettled, 0);
    }

    /// <summary>What became of it was taken in: nothing is due any more.</summary>
    protected void Close() => Outcome = SharedOutcome.None;

    bool IValueTaskSource<bool>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
