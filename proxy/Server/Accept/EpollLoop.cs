// One thread that waits for the events of many sockets and runs, inline, the code that waits for them. Both sides of a
// session live on one loop, so that a message crosses no thread on its way through.
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace JitProxy.Server.Accept;

/// <summary>An epoll instance and its thread.</summary>
/// <remarks>Nothing that runs here may block: every other session of the loop waits for it.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class EpollLoop : IDisposable
{
    private const int EventsMax = 256;
    private const ulong WakeToken = 0;

    [ThreadStatic]
    private static EpollLoop? _current;

    private readonly SafeFileHandle _epoll = EpollNative.CreateEpoll();
    private readonly SafeFileHandle _wakeUp = EpollNative.CreateWakeUp();
    private readonly EpollSlots _slots = new();
    private readonly Lock _postLock = new();
    private readonly ILogger _log;
    private readonly Thread _thread;
    private List<object> _posted = [];
    private List<object> _running = [];
    private bool _isWakeRequested;
    private bool _isOver;
    private volatile bool _isStopping;

    /// <summary>Starts the thread.</summary>
    public EpollLoop(int number, ILogger log)
    {
        _log = log;
        EpollNative.Add(_epoll, _wakeUp, EpollNative.In | EpollNative.EdgeTriggered, WakeToken);
        _thread = new(Run) { IsBackground = true, Name = $"loop {number}" };
        _thread.Start();
    }

    /// <summary>Sockets that it waits for; from any thread.</summary>
    public int SocketCount => _slots.Count;

    /// <summary>True on the thread of this loop.</summary>
    public bool IsCurrent => _current == this;

    /// <summary>Has events of <paramref name="socket"/> reported to <paramref name="channel"/>.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public void Register(EpollChannel channel, SafeHandle socket)
    {
        channel.Token = _slots.Add(channel);
        try
        {
            // Registered once and for all, for edges: no further system call whatever the channel waits for later.
            const uint Events =
                EpollNative.In | EpollNative.Out | EpollNative.PeerHangUp | EpollNative.EdgeTriggered;
            EpollNative.Add(_epoll, socket, Events, channel.Token);
        }
        catch
        {
            _slots.Remove(channel.Token);
            throw;
        }
    }

    /// <summary>Reports nothing to the channel any more. The caller closes its socket, which takes it out of the epoll instance.</summary>
    public void Unregister(EpollChannel channel) => _slots.Remove(channel.Token);

    /// <summary>Runs <paramref name="work"/> on the loop, after the events at hand. After the loop has ended: on the thread pool.</summary>
    public void Post(IThreadPoolWorkItem work) => PostObject(work);

    /// <summary>As the other.</summary>
    public void Post(Action work) => PostObject(work);

    /// <summary>Ends the thread. Channels that are left fail, and their waiters run on the thread pool.</summary>
    public void Dispose()
    {
        if (_isStopping)
            return;

        _isStopping = true;
        EpollNative.Wake(_wakeUp);
        if (!IsCurrent)
            _thread.Join();
    }

    private void PostObject(object work)
    {
        lock (_postLock)
        {
            if (!_isOver)
            {
                _posted.Add(work);
                if (IsCurrent || _isWakeRequested)
                    return;

                _isWakeRequested = true;
                EpollNative.Wake(_wakeUp);
                return;
            }
        }

        if (work is IThreadPoolWorkItem item)
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        else
            ThreadPool.UnsafeQueueUserWorkItem(static state => ((Action)state!)(), work);
    }

    private unsafe void Run()
    {
        _current = this;
        var events = stackalloc byte[EventsMax * EpollNative.EventSize];
        while (!_isStopping)
        {
            // Work that posts more work lets events have their turn in between.
            var hasMore = RunPosted();
            var count = EpollNative.Wait(_epoll, events, EventsMax, hasMore ? 0 : -1);
            for (var i = 0; i < count; i++)
            {
                var (bits, token) = EpollNative.Read(events, i);
                Dispatch(bits, token);
            }
        }

        Finish();
    }

    private void Dispatch(uint bits, ulong token)
    {
        // Edges of the counter need no read: each write is a new one. The request is taken back by RunPosted.
        if (token == WakeToken)
            return;

        // A channel closed earlier in this batch has left its slot, and a new one in the slot has another token.
        var channel = _slots.Find(token);
        try
        {
            channel?.OnEvents(bits);
        }
#pragma warning disable CA1031 // A defect in one session must not end all others of the loop.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            AcceptLog.LoopWorkFailed(_log, failed);
            channel?.Abort();
        }
    }

    /// <summary>True when more was posted meanwhile.</summary>
    private bool RunPosted()
    {
        lock (_postLock)
        {
            _isWakeRequested = false;
            (_posted, _running) = (_running, _posted);
        }

        foreach (var work in _running)
        {
            try
            {
                if (work is IThreadPoolWorkItem item)
                    item.Execute();
                else
                    ((Action)work)();
            }
#pragma warning disable CA1031 // As above.
            catch (Exception failed)
#pragma warning restore CA1031
            {
                AcceptLog.LoopWorkFailed(_log, failed);
            }
        }

        _running.Clear();
        lock (_postLock)
            return _posted.Count > 0;
    }

    private void Finish()
    {
        // From here on channels may be closed by other threads.
        _current = null;
        lock (_postLock)
            _isOver = true;

        RunPosted();
        foreach (var channel in _slots.All())
        {
            channel.RunsInline = false;
            channel.Abort();
        }

        _epoll.Dispose();
        _wakeUp.Dispose();
    }
}
