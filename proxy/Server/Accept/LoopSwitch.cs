using System.Runtime.CompilerServices;

namespace JitProxy.Server.Accept;

/// <summary>Awaited, puts the code after the await on the loop of a connection.</summary>
/// <remarks>
/// Deliberately not a task. One completes on the loop, but code that looks at it late finds it complete and goes on where it
/// is; this looks at the thread instead. So await it directly, not through a method that returns a task.
/// </remarks>
internal readonly struct LoopSwitch(ByteChannel? channel) : ICriticalNotifyCompletion
{
    /// <summary>True when the caller is there already, or there is no such thread.</summary>
    public bool IsCompleted => channel is null || channel.IsOnLoop;

    /// <summary>Itself.</summary>
    public LoopSwitch GetAwaiter() => this;

    /// <summary>Nothing to get.</summary>
    public void GetResult()
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => channel!.Post(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => channel!.Post(continuation);
}
