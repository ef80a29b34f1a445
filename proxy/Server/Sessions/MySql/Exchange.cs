using JitProxy.Server.Capture;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>The one command that is with the server, and how far its answer has come.</summary>
/// <remarks>
/// The client's side opens it while it holds the floor, before the command is sent; the server's side walks it to its end. There is one
/// object for the whole session.
/// </remarks>
internal sealed class Exchange
{
    private volatile bool _isOpen;
    private TaskCompletionSource<InternalAnswer>? _waiting;
    private byte[] _answer = [];
    private bool _isAbsorbing;

    /// <summary>True from before the command is sent until its answer is complete.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>What the answer may be.</summary>
    public AnswerKind Kind { get; private set; }

    /// <summary>How far it has come.</summary>
    public AnswerStep Step { get; set; }

    /// <summary>What rows belong to; null for a command that has none.</summary>
    public MySqlRun? Run { get; private set; }

    /// <summary>The statement that is being prepared; null if none is.</summary>
    public MySqlStatement? Statement { get; private set; }

    /// <summary>The number that the server's next packet must have.</summary>
    public byte UpstreamSequence { get; set; }

    /// <summary>Definitions of columns that come behind those of parameters.</summary>
    public int ColumnCount { get; set; }

    /// <summary>Definitions still to come in this step.</summary>
    public int Left { get; set; }

    /// <summary>True once the client was told how it ended; whatever the server still sends is swallowed.</summary>
    public bool IsMuted { get; set; }

    /// <summary>How many cancel requests had been sent when it began: one more means that the next command could be hit.</summary>
    public int CancelsBefore { get; private set; }

    /// <summary>True for a command of the proxy's own, whose answer the client does not hear.</summary>
    public bool IsInternal { get; private set; }

    /// <summary>A command of the client goes to the server.</summary>
    /// <param name="kind">What the answer may be.</param>
    /// <param name="sequence">The number that its first packet must have.</param>
    /// <param name="cancels">Cancel requests sent so far.</param>
    /// <param name="run">What rows belong to.</param>
    /// <param name="statement">The statement that is being prepared.</param>
    public void Open(AnswerKind kind, byte sequence, int cancels, MySqlRun? run = null, MySqlStatement? statement = null)
    {
        (Kind, UpstreamSequence, CancelsBefore, Run, Statement) = (kind, sequence, cancels, run, statement);
        (ColumnCount, Left, IsMuted, IsInternal, _isAbsorbing, _answer) = (0, 0, false, false, false, []);
        Step = kind == AnswerKind.Page ? AnswerStep.Rows : AnswerStep.First;
        _isOpen = true;
    }

    /// <summary>A command of the proxy's own goes to the server.</summary>
    /// <returns>Completes with the answer.</returns>
    public Task<InternalAnswer> OpenInternal(AnswerKind kind, byte sequence, int cancels, MySqlStatement? statement = null)
    {
        _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Open(kind, sequence, cancels, null, statement);
        IsInternal = true;
        return _waiting.Task;
    }

    /// <summary>A command follows that a late cancel request may hit instead of the next one; its answer counts for nothing.</summary>
    public void Absorb(byte sequence, int cancels)
    {
        (Kind, Step, Run, Statement, IsMuted) = (AnswerKind.Plain, AnswerStep.First, null, null, false);
        (UpstreamSequence, CancelsBefore, IsInternal, _isAbsorbing) = (sequence, cancels, true, true);
    }

    /// <summary>Keeps the first packet of an answer that the client does not hear.</summary>
    public void Keep(ReadOnlySpan<byte> payload)
    {
        if (!_isAbsorbing)
            _answer = payload.ToArray();
    }

    /// <summary>The answer is complete.</summary>
    /// <returns>True if somebody here waits for it, and goes on holding the floor.</returns>
    public bool Close()
    {
        _isOpen = false;
        (Run, Statement) = (null, null);
        if (_waiting is not { } waiting)
            return false;

        _waiting = null;
        waiting.TrySetResult(new(_answer));
        return true;
    }

    /// <summary>The session is over: whoever waits is let go.</summary>
    public void Abandon() => _waiting?.TrySetCanceled();
}
