using System.Diagnostics.CodeAnalysis;
using JitProxy.Server.Capture;

namespace JitProxy.Server.Forward;

/// <summary>What both directions of a session know of it: the answers owed and the transaction's state.</summary>
/// <remarks>
/// The client's direction asks and appends; whoever holds the client's turn answers and removes. What changes takes the lock for a few
/// instructions, and nothing is awaited under it. Looking takes none: the answer that is due next changes only at the hands of its removers.
/// </remarks>
internal sealed class Conversation
{
    /// <summary>Answers owed at most; a client that pipelines further waits.</summary>
    public const int OwedMax = 8192;

    private readonly Lock _sync = new();
    private readonly PendingQueue _owed = new();
    private readonly Queue<UpstreamStatement> _unclosed = new();
    private readonly Queue<ClientStatement> _kept = new();
    private TaskCompletionSource? _drained;
    private Pending _due;
    private bool _isDueKnown;
    private volatile bool _skipping;
    private volatile bool _keepsAny;
    private volatile int _count;
    private volatile int _owedUpstream;

    /// <summary>The status byte of the last ReadyForQuery: <c>I</c>, <c>T</c> or <c>E</c>.</summary>
    public byte TransactionStatus { get; set; } = (byte)'I';

    /// <summary>How many answers are owed.</summary>
    public int Owed => _count;

    /// <summary>True if all that is owed comes from the proxy itself, so that no message of the upstream will bring it along.</summary>
    /// <remarks>For whoever appends: without them the first number only falls.</remarks>
    public bool OwesOnlyLocals => _owedUpstream == 0 && _count != 0;

    /// <summary>True if the upstream reported an error and now skips everything up to a Sync that was not sent yet.</summary>
    public bool IsSkipping => _skipping;

    /// <summary>Appends an answer that is owed from here on.</summary>
    public void Expect(in Pending pending)
    {
        lock (_sync)
            Enqueue(pending);
    }

    /// <summary>Appends several at once.</summary>
    public void ExpectAll(params ReadOnlySpan<Pending> pendings)
    {
        lock (_sync)
        {
            foreach (ref readonly var pending in pendings)
                Enqueue(pending);
        }
    }

    /// <summary>The answer that is due next. The caller holds the client's turn.</summary>
    public bool TryPeek(out Pending pending)
    {
        if (!_isDueKnown)
        {
            lock (_sync)
                _isDueKnown = _owed.TryPeek(out _due);
        }

        pending = _due;
        return _isDueKnown;
    }

    /// <summary>Takes the answer that was due off the list. The caller holds the client's turn.</summary>
    public void Settle()
    {
        TaskCompletionSource? drained = null;
        lock (_sync)
        {
            if (Dequeue() is { Expected: Expected.ParseComplete, Subject: UpstreamStatement parsed })
                parsed.IsParsed = true;

            _isDueKnown = _owed.TryPeek(out _due);
            if (!_isDueKnown)
                (drained, _drained) = (_drained, null);
        }

        drained?.TrySetResult();
    }

    /// <summary>The answer that was due came as an error: it and everything up to the next Sync falls away, as the server skips it.</summary>
    public void FailUntilSync()
    {
        TaskCompletionSource? drained = null;
        lock (_sync)
        {
            if (_owed.Count != 0)
                Dequeue();

            while (_owed.TryPeek(out var pending) && pending.Expected != Expected.Ready)
            {
                Dequeue();
                Drop(pending);
            }

            _isDueKnown = _owed.TryPeek(out _due);
            _skipping = !_isDueKnown;
            if (_owed.Count == 0)
                (drained, _drained) = (_drained, null);
        }

        drained?.TrySetResult();
    }

    /// <summary>Keeps a statement that is still prepared upstream and of no more use there, until its Close can be sent.</summary>
    public void AddUnclosed(UpstreamStatement statement)
    {
        lock (_sync)
            _unclosed.Enqueue(statement);
    }

    /// <summary>A statement whose Close the upstream skipped, so that it is still prepared there.</summary>
    public bool TryTakeUnclosed([NotNullWhen(true)] out UpstreamStatement? statement)
    {
        lock (_sync)
            return _unclosed.TryDequeue(out statement);
    }

    /// <summary>A statement that the client closed, and keeps because the upstream skipped that.</summary>
    public bool TryTakeKept([NotNullWhen(true)] out ClientStatement? statement)
    {
        statement = null;
        if (!_keepsAny)
            return false;

        lock (_sync)
        {
            _keepsAny = _kept.TryDequeue(out statement);
            return _keepsAny;
        }
    }

    /// <summary>Completes when no answer is owed.</summary>
    public Task WhenDrained()
    {
        lock (_sync)
        {
            if (_owed.Count == 0)
                return Task.CompletedTask;

            _drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>The session is over: whoever waits is let go, and executions still open are told.</summary>
    public void Abandon(string reason)
    {
        TaskCompletionSource? drained;
        lock (_sync)
        {
            while (_owed.Count != 0)
                (Dequeue().Subject as Portal)?.Running?.EndUnknown(reason);

            _isDueKnown = false;
            (drained, _drained) = (_drained, null);
        }

        drained?.TrySetResult();
    }

    private void Enqueue(in Pending pending)
    {
        if (_skipping)
        {
            if (pending.Expected != Expected.Ready)
            {
                Drop(pending);
                return;
            }

            _skipping = false;
        }

        _owed.Enqueue(pending);
        _count = _owed.Count;
        if (pending.Expected != Expected.Local)
            _owedUpstream++;
    }

    private Pending Dequeue()
    {
        var pending = _owed.Dequeue();
        _count = _owed.Count;
        if (pending.Expected != Expected.Local)
            _owedUpstream--;

        return pending;
    }

    private void Drop(in Pending pending)
    {
        switch (pending.Subject)
        {
            case UpstreamStatement statement when pending.Expected == Expected.ParseComplete:
                statement.Refuse(pending.Parse);
                break;
            case ClientStatement parsed when pending.Expected == Expected.Local:
                parsed.SkipParse(pending.Parse);
                break;
            case UpstreamStatement unclosed when pending.Expected == Expected.CloseComplete:
                _unclosed.Enqueue(unclosed);
                break;
            case LocalClose closed:
                _kept.Enqueue(closed.Statement);
                _keepsAny = true;
                break;
            case Portal portal when pending.Expected == Expected.RowShape:
                portal.IsDescribed = false;
                break;
            case Portal portal when pending.Expected == Expected.Rows:
                portal.Running?.EndSkipped();
                break;
        }
    }
}
