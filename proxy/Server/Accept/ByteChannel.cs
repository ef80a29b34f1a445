// One byte stream to a peer, as the pipes and TLS above it need it: try now, or be called when trying is worth it.
// The two implementations (epoll, Socket) differ only in where events come from.
using System.Net;

namespace JitProxy.Server.Accept;

/// <summary>A non-blocking byte stream with one reader and one writer at a time.</summary>
/// <remarks>
/// A waiter is a work item: it is executed on the channel's own thread when <see cref="RunsInline"/> is set, else on the
/// thread pool. <see cref="Abort"/> and <see cref="Dispose"/> may be called from any thread, any number of times.
/// </remarks>
internal abstract class ByteChannel : IDisposable
{
    /// <summary>Answer of <see cref="TryReceive(Span{byte})"/> and <see cref="TrySend"/>: nothing can be moved now.</summary>
    public const int WouldBlock = -1;

    /// <summary>Waits that are answered at once before a busy stream lets the others on its thread have a turn.</summary>
    private const int TurnsMax = 16;

    private IThreadPoolWorkItem? _reader;
    private IThreadPoolWorkItem? _writer;
    private Readiness _readable;
    private Readiness _writable;
    private int _turns;
    private volatile bool _runsInline;

    /// <summary>The other end; kept after the channel is closed.</summary>
    public abstract EndPoint? RemoteEndPoint { get; }

    /// <summary>Waiters run on the thread that saw the event. Off at first, so that logins may compute.</summary>
    public bool RunsInline
    {
        get => _runsInline;
        set => _runsInline = value;
    }

    /// <summary>True once <see cref="Abort"/> or <see cref="Dispose"/> was called; every transfer fails from then on.</summary>
    public abstract bool IsDead { get; }

    /// <summary>True while the runtime may still read bytes handed to <see cref="ArmWritable"/>: their buffer must not be reused.</summary>
    public virtual bool SendInFlight => false;

    /// <summary>True when a receive is worth a system call: bytes, the end of the stream, or an error.</summary>
    public bool IsReadable => IsDead || MayBeReadable;

    /// <summary>As <see cref="IsReadable"/>, but certain: an event may be about bytes that were received already.</summary>
    public bool TryPeek()
    {
        if (IsDead)
            return true;
        if (!MayBeReadable)
            return false;

        _readable.Clear();
        if (!Peek())
            return false;

        KeepReadable();
        return true;
    }

    /// <summary>Receives what is there. Count of bytes, 0 at the end of the stream, or <see cref="WouldBlock"/>.</summary>
    /// <exception cref="IOException">The connection is lost or aborted.</exception>
    public int TryReceive(Span<byte> buffer)
    {
        ThrowIfDead();
        if (!MayBeReadable)
            return WouldBlock;

        _readable.Clear();
        return Receive(buffer);
    }

    /// <summary>As the other, and takes an array for the bytes only when there may be some.</summary>
    /// <exception cref="IOException">The connection is lost or aborted.</exception>
    public int TryReceive(ref ReceiveBuffer buffer)
    {
        ThrowIfDead();
        if (!MayBeReadable)
            return WouldBlock;

        _readable.Clear();
        var received = WouldBlock;
        try
        {
            received = Receive(buffer.Reserve().Span);
        }
        finally
        {
            buffer.Commit(received);
        }

        return received;
    }

    /// <summary>Sends as much as fits. Count of bytes, or <see cref="WouldBlock"/>.</summary>
    /// <exception cref="IOException">The connection is lost or aborted.</exception>
    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        ThrowIfDead();
        return Send(bytes);
    }

    /// <summary>Has <paramref name="reader"/> executed when bytes may be there. False: try again at once.</summary>
    public bool ArmReadable(IThreadPoolWorkItem reader)
    {
        // A flag set by data that came with a FIN, or by a full buffer, produces no further event.
        if (MayBeReadable)
            return false;

        _turns = 0;
        _reader = reader;
        if (!_readable.TryArm())
            return false;

        if (WatchReadable() && !IsDead)
            return true;
        return !_readable.TakeBack();
    }

    /// <summary>
    /// Has <paramref name="writer"/> executed when there may be room. False: try again at once. <paramref name="unsent"/>
    /// must stay valid and unchanged while <see cref="SendInFlight"/>.
    /// </summary>
    public bool ArmWritable(IThreadPoolWorkItem writer, ReadOnlyMemory<byte> unsent)
    {
        _writer = writer;
        if (!_writable.TryArm())
        {
            _writable.Clear();
            return false;
        }

        if (WatchWritable(unsent) && !IsDead)
            return true;
        return !_writable.TakeBack();
    }

    /// <summary>Ends a wait of the reader. True: the caller must complete it, on <see cref="Schedule"/>.</summary>
    public bool DisarmReadable() => _readable.TryDisarm();

    /// <summary>Ends a wait of the writer. True: the caller must complete it, on <see cref="Schedule"/>.</summary>
    public bool DisarmWritable() => _writable.TryDisarm();

    /// <summary>True when a reader that always finds data should queue itself once, for the sake of the others.</summary>
    public bool TurnIsOver()
    {
        if (!RunsInline || ++_turns < TurnsMax)
            return false;

        _turns = 0;
        return true;
    }

    /// <summary>Runs <paramref name="work"/> later, where waiters of this channel run.</summary>
    public abstract void Schedule(IThreadPoolWorkItem work);

    /// <summary>True when the caller is where waiters run inline; always, where there is no thread of the channel's own.</summary>
    public virtual bool IsOnLoop => true;

    /// <summary>The thread that <see cref="IsOnLoop"/> is about; null where there is none of the channel's own.</summary>
    public virtual object? Thread => null;

    /// <summary>Runs <paramref name="work"/> on the channel's own thread; on the thread pool where there is none.</summary>
    public virtual void Post(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static state => ((Action)state!)(), work);

    /// <summary>Sends the end of the stream; receiving goes on.</summary>
    public abstract void ShutdownSend();

    /// <summary>Resets the connection: unsent bytes are dropped, pending waits fail. The channel must still be closed.</summary>
    public abstract void Abort();

    /// <summary>Gives the socket back. Pending waits fail.</summary>
    public abstract void Dispose();

    /// <summary>True when an event says that a receive may give something.</summary>
    protected virtual bool MayBeReadable => _readable.IsReady;

    /// <summary>True when an event said that there is room, and it was not used up since.</summary>
    protected bool IsKnownWritable => _writable.IsReady;

    /// <summary>One receive system call.</summary>
    protected abstract int Receive(Span<byte> buffer);

    /// <summary>True when a receive would give bytes, the end, or an error.</summary>
    protected abstract bool Peek();

    /// <summary>One send system call, retried until what is left does not fit.</summary>
    protected abstract int Send(ReadOnlySpan<byte> bytes);

    /// <summary>Makes sure that an event will come. False: it came already.</summary>
    protected virtual bool WatchReadable() => true;

    /// <summary>As <see cref="WatchReadable"/>, for room to send.</summary>
    protected virtual bool WatchWritable(ReadOnlyMemory<byte> unsent) => true;

    /// <summary>Reports that a receive is worth trying.</summary>
    protected void SignalReadable()
    {
        if (_readable.Signal())
            Run(_reader!);
    }

    /// <summary>Reports that a send is worth trying.</summary>
    protected void SignalWritable()
    {
        if (_writable.Signal())
            Run(_writer!);
    }

    /// <summary>Forgets an event of room, before a send that finds out anew.</summary>
    protected void ForgetWritable() => _writable.Clear();

    /// <summary>Keeps an event that the caller has consumed but could not use up.</summary>
    protected void KeepReadable() => _readable.Signal();

    private void Run(IThreadPoolWorkItem waiter)
    {
        if (RunsInline)
            waiter.Execute();
        else
            ThreadPool.UnsafeQueueUserWorkItem(waiter, preferLocal: false);
    }

    private void ThrowIfDead()
    {
        if (IsDead)
            throw new IOException("The connection was closed on this side.");
    }
}
