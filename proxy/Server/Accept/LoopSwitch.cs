using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

namespace JitProxy.Server.Accept;

/// <summary>What <c>await loop.SwitchTo()</c> awaits.</summary>
[SupportedOSPlatform("linux")]
internal readonly struct LoopSwitch(EpollLoop loop) : ICriticalNotifyCompletion
{
    /// <summary>True when the caller is on the loop already.</summary>
    public bool IsCompleted => loop.IsCurrent;

    /// <summary>Itself.</summary>
    public LoopSwitch GetAwaiter() => this;

    /// <summary>Nothing to get.</summary>
    public void GetResult()
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => loop.Post(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => loop.Post(continuation);
}
