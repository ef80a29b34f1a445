namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>A lock that a thread of its own holds, so that a test may wait for other things meanwhile.</summary>
internal sealed class HeldLock : IDisposable
{
    private readonly ManualResetEventSlim _release = new();
    private readonly Thread _holder;

    public HeldLock(object gate)
    {
        using var held = new ManualResetEventSlim();
        _holder = new(() =>
        {
            lock (gate)
            {
                held.Set();
                _release.Wait();
            }
        });
        _holder.Start();
        held.Wait();
    }

    public void Dispose()
    {
        _release.Set();
        _holder.Join();
        _release.Dispose();
    }
}
