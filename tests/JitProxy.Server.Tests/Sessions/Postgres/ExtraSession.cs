using JitProxy.Policy.Sql;
using JitProxy.Server.Accept;
using JitProxy.Server.Capture;
using JitProxy.Server.Sessions;
using JitProxy.Server.Sessions.Postgres;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>A session of a fixture that has several.</summary>
internal sealed class ExtraSession : IAsyncDisposable
{
    private readonly PostgresSession _session;
    private readonly Connection _proxyClient;
    private readonly Task<SessionEnd> _running;

    public ExtraSession(SessionServices services, Func<bool> isWelcome)
    {
        var (near, proxyClient) = MemoryConnection.CreatePair();
        var (proxyUpstream, far) = MemoryConnection.CreatePair();
        (Client, Upstream, _proxyClient) = (new(near), new(far), proxyClient);
        var who = new SessionIdentity("alice", "10.0.0.1:5000", "shop", "app", SqlDialect.PostgreSql);
        _session = new(services, who, proxyClient, proxyUpstream, static _ => Task.CompletedTask, isWelcome);
        _running = Task.Run(RunAsync);
    }

    public SessionClient Client { get; }

    public SessionUpstream Upstream { get; }

    public Task<SessionEnd> EndAsync() => _running.WaitAsync(Frames.Soon);

    public async ValueTask DisposeAsync()
    {
        Client.Connection.Abort();
        Upstream.Connection.Abort();
        await EndAsync();
        await Upstream.StoppedAsync();
        _session.Dispose();
    }

    private async Task<SessionEnd> RunAsync()
    {
        await using (_proxyClient)
            return await _session.RunAsync(CancellationToken.None);
    }
}
