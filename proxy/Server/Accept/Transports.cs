using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Accept;

/// <summary>The transports of the process: at most one of each kind, made when it is first asked for.</summary>
internal sealed class Transports(ILogger log) : IDisposable
{
    private readonly Dictionary<TransportKind, Transport> _byKind = [];

    /// <summary>The transport of this kind. For the thread that starts the program.</summary>
    /// <exception cref="PlatformNotSupportedException">Epoll was asked for elsewhere than on Linux.</exception>
    public Transport Get(TransportKind kind)
    {
        kind = Transport.Resolve(kind);
        if (!_byKind.TryGetValue(kind, out var transport))
            _byKind[kind] = transport = Transport.Create(new() { Kind = kind }, log);

        return transport;
    }

    /// <summary>Those that were made.</summary>
    public IReadOnlyCollection<Transport> All => _byKind.Values;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var transport in _byKind.Values)
            transport.Dispose();
    }
}
