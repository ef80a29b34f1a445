// The hand-over between one waiter and the thread that reports events, for one direction of one connection.
// An event that arrives between "would block" and "wait for it" must not be lost, and a waiter must be woken
// exactly once; both are settled by one word that is only ever changed atomically.
namespace JitProxy.Server.Accept;

/// <summary>Whether one direction of a connection can make progress, or someone waits for that.</summary>
/// <remarks>A mutable struct: keep it in a field, never copy it. Any thread may signal; one user at a time may do the rest.</remarks>
internal struct Readiness
{
    private const int Unknown = 0;
    private const int Ready = 1;
    private const int Armed = 2;

    private int _state;

    /// <summary>True when an event came in since <see cref="Clear"/>, so that a system call is worth its cost.</summary>
    public readonly bool IsReady => Volatile.Read(in _state) == Ready;

    /// <summary>Forgets an earlier event. Called before the system call, so that an event during it is kept.</summary>
    public void Clear() => Interlocked.CompareExchange(ref _state, Unknown, Ready);

    /// <summary>Starts to wait. False: an event is already there, try the system call again.</summary>
    public bool TryArm() => Interlocked.CompareExchange(ref _state, Armed, Unknown) == Unknown;

    /// <summary>Ends the wait. True: the caller now owns the waiter and must complete it; false: an event was first.</summary>
    public bool TryDisarm() => Interlocked.CompareExchange(ref _state, Unknown, Armed) == Armed;

    /// <summary>Ends the wait because progress is possible after all. False: an event was first, the waiter runs already.</summary>
    public bool TakeBack()
    {
        if (!TryDisarm())
            return false;

        Signal();
        return true;
    }

    /// <summary>
    /// Reports an event, which is kept until <see cref="Clear"/>. True: someone waited, is no longer armed, and must be called
    /// by the caller.
    /// </summary>
    public bool Signal()
    {
        while (true)
        {
            var seen = Volatile.Read(ref _state);
            if (seen == Ready)
                return false;

            if (Interlocked.CompareExchange(ref _state, Ready, seen) == seen)
                return seen == Armed;
        }
    }
}
