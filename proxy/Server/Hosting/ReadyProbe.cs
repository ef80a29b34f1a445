using System.Collections.Immutable;
using System.Net.Sockets;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Configuration;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Hosting;

/// <summary>Finds out whether the proxy can serve: listeners, trail, servers. Asks at most every few seconds, however often it is asked.</summary>
internal sealed class ReadyProbe(Func<ProxyConfiguration> configuration, AuditTrail trail, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1);
    private ImmutableArray<ReadyCheck> _servers = [];
    private long? _lookedAt;
    private volatile bool _isAccepting;

    /// <summary>The listeners accept, or do so no longer.</summary>
    public void Accept(bool isAccepting) => _isAccepting = isAccepting;

    /// <summary>Looks, or remembers what it saw a moment ago.</summary>
    public async Task<ReadyView> LookAsync(CancellationToken stop)
    {
        await _gate.WaitAsync(stop);
        try
        {
            if (_lookedAt is not { } at || clock.GetElapsedTime(at) > Memory)
            {
                _servers = [.. await Task.WhenAll(configuration().Servers.Values.Select(server => LookAsync(server, stop)))];
                _lookedAt = clock.GetTimestamp();
            }
        }
        finally
        {
            _gate.Release();
        }

        var listeners = Check("listeners", _isAccepting ? null : "the proxy starts or stops");
        ImmutableArray<ReadyCheck> checks = [listeners, Check("audit", WithoutPlace(trail.Fault)), .. _servers];
        return new(checks.All(static check => check.Ok), checks);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    // Nobody has to say who they are to hear this: no address and no path.
    private static string? WithoutPlace(string? fault) => fault?.Contains('/', StringComparison.Ordinal) == true ? fault.Split(':', 2)[0] : fault;

    private static ReadyCheck Check(string name, string? reason) => new(name, reason is null, reason);

    private static async Task<ReadyCheck> LookAsync(ServerConfiguration server, CancellationToken stop)
    {
        var name = $"server {server.Name}";
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(ConnectTimeout);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(server.Upstream.Host, server.Upstream.Port, patience.Token);
            return Check(name, null);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            var slow = $"no connection within {ConnectTimeout.TotalSeconds:0} s";
            return Check(name, e is SocketException { SocketErrorCode: var code } ? $"cannot be connected to: {code}" : slow);
        }
    }
}
