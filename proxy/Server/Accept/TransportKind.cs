namespace JitProxy.Server.Accept;

/// <summary>Which machinery carries the bytes of connections.</summary>
internal enum TransportKind
{
    /// <summary>Epoll on Linux, Socket elsewhere.</summary>
    Auto,

    /// <summary>Own epoll loops: one system call per message and direction. Linux only.</summary>
    Epoll,

    /// <summary>The runtime's sockets: portable, and the cross-check of the other.</summary>
    Socket,
}
