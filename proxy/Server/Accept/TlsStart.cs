namespace JitProxy.Server.Accept;

/// <summary>How a client came to TLS.</summary>
internal enum TlsStart
{
    /// <summary>It asked in clear and got a yes. Any byte that came before the handshake was put there by someone else.</summary>
    Requested,

    /// <summary>Its first byte was the handshake. Such clients must name the application protocol (ALPN).</summary>
    Direct,
}
