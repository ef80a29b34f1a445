// Task: one thread that moves records from the journal into the database, in groups.
//
// Nobody waits for it in the steady state of durability `process`, so it lets records gather and commits a hundred times a
// second. When somebody waits it commits at once; those who come meanwhile make up the next group. After a failure it keeps
// trying, and until it succeeds `Fault` says why nothing may begin.
using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

internal sealed class AuditWriter : IDisposable
{
    private const int GroupSizeMax = 4 * 1024 * 1024;
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(10);

    private readonly Journal _journal;
    private readonly AuditSink _sink;
    private readonly TrailCounts _counts;
    private readonly AuditOptions _options;
    private readonly TimeProvider _clock;
    private readonly BlockBuilder _builder = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly Timer _watch;

    private JournalPosition _position;
    private long _commitStarted;
    private long _lastCommit;
    private long _lastCount = Stopwatch.GetTimestamp();
    private volatile string? _fault;
    private long _demanded;
    private volatile bool _isStopping;

    public AuditWriter(Journal journal, AuditSink sink, TrailCounts counts, AuditOptions options, TimeProvider clock)
    {
        (_journal, _sink, _counts, _options, _clock) = (journal, sink, counts, options, clock);

        // Nothing is proven yet: the first execution waits for a commit.
        _lastCommit = clock.GetTimestamp() - clock.TimestampFrequency - (long)(2 * options.IdleLimit.TotalSeconds * clock.TimestampFrequency);
        Waiters.Advance(sink.Head.Seq);
        _thread = new Thread(Run) { IsBackground = true, Name = "audit writer" };
        _thread.Start();
        _watch = new Timer(_ => Watch(), null, options.StallLimit / 4, options.StallLimit / 4);
    }

    public AuditWaiters Waiters { get; } = new();

    /// <summary>Why nothing may begin; null when all is well.</summary>
    public string? Fault => _fault;

    /// <summary>When the last commit succeeded, as the clock's timestamp.</summary>
    public long LastCommit => Volatile.Read(ref _lastCommit);

    /// <summary>Commits soon, as a record came while the writer slept or the journal filled.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Commits at once, and tells how it went.</summary>
    public Task<string?> CommitAsync(long seq)
    {
        var task = Waiters.WaitAsync(seq);
        if (!task.IsCompleted)
        {
            Demand(seq);
            _wake.Set();
        }

        return task;
    }

    /// <summary>Commits what is left, if it can, and ends. False when the database does not answer: then journal and sink stay in use.</summary>
    public bool TryStop()
    {
        _isStopping = true;
        _wake.Set();
        var isStopped = _thread.Join(CloseLimit);
        _watch.Dispose();
        Waiters.Close("the audit trail is closed");
        return isStopped;
    }

    /// <summary>Only once it has stopped.</summary>
    public void Dispose()
    {
        _wake.Dispose();
        _watch.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            var head = _journal.Head;
            if (_position == head)
            {
                if (_isStopping)
                    break;
                if (_journal.TryIdle(head))
                {
                    _wake.WaitOne();
                    Rest();
                }

                continue;
            }

            // A group is of one lap and of bounded size: somebody may wait for the next.
            if (TryCommit(head))
            {
                if (_position == head)
                    Rest();
                continue;
            }

            if (_isStopping)
                return;
            _wake.WaitOne(_options.RetryInterval);
        }

        CommitCounts();
    }

    // Lets records gather, unless somebody waits or a lap of the journal is full.
    private void Rest()
    {
        var since = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _demanded) <= Waiters.Committed && !_isStopping && _journal.Head.Lap <= Math.Max(1, _position.Lap))
        {
            var left = _options.CommitInterval - Stopwatch.GetElapsedTime(since);
            if (left < TimeSpan.FromMilliseconds(1))
                return;
            _wake.WaitOne(left);
        }
    }

    private void Demand(long seq)
    {
        var demanded = Volatile.Read(ref _demanded);
        while (demanded < seq)
        {
            var found = Interlocked.CompareExchange(ref _demanded, seq, demanded);
            if (found == demanded)
                return;
            demanded = found;
        }
    }

    private bool TryCommit(JournalPosition head)
    {
        Volatile.Write(ref _commitStarted, Stopwatch.GetTimestamp());
        try
        {
            Commit(head);
            Volatile.Write(ref _lastCommit, _clock.GetTimestamp());
            _fault = null;
            Waiters.Advance(_sink.Head.Seq);
            return true;
        }
        catch (Exception error) when (error is SqliteException or IOException or InvalidDataException or InvalidOperationException)
        {
            Fail($"the audit trail cannot be written: {error.Message}");
            return false;
        }
        finally
        {
            Volatile.Write(ref _commitStarted, 0);
        }
    }

    private void Commit(JournalPosition head)
    {
        var lap = Math.Max(1, _position.Lap);
        var offset = _position.Lap == 0 ? JournalFile.SegmentHeaderSize : _position.Offset;
        var segment = _journal.Segment(lap);
        var end = lap == head.Lap ? head.Offset : _journal.EndOf(lap);
        var hash = _sink.Head.Hash;
        var blocks = _builder.Read(segment, lap, ref offset, end, GroupSizeMax, _sink.Head.Seq, ref hash);
        var isCounting = Stopwatch.GetElapsedTime(_lastCount) > CountInterval;
        _counts.Commit(_sink, blocks, isCounting);
        if (isCounting)
            _lastCount = Stopwatch.GetTimestamp();

        _position = offset == end && lap < head.Lap
            ? new JournalPosition(lap + 1, JournalFile.SegmentHeaderSize)
            : new JournalPosition(lap, offset);
        _journal.Release(_position);
    }

    private void CommitCounts()
    {
        try
        {
            _counts.Commit(_sink, [], isCounting: true);
        }
        catch (Exception error) when (error is SqliteException or IOException or InvalidOperationException)
        {
            // They are counted again from the records at the next start.
        }
    }

    private void Watch()
    {
        var started = Volatile.Read(ref _commitStarted);
        if (started != 0 && Stopwatch.GetElapsedTime(started) > _options.StallLimit)
            Fail($"the audit trail does not answer: a commit takes longer than {_options.StallLimit.TotalSeconds:0.#} s");
    }

    private void Fail(string fault)
    {
        _fault = fault;
        Waiters.Fail(fault);
    }
}
